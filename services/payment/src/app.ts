import {
  type App,
  buildHttp,
  type Log,
  type Metrics,
  requireGateway,
  requireServiceKey,
  type ServiceKeys,
} from '@ticket-queue/service-kit'
import { cancelDeadLetterOrderRoute } from './cancel-dead-letter-order/cancel-dead-letter-order.route.ts'
import { confirmPaymentRoute } from './confirm-payment/confirm-payment.route.ts'
import type { ConfirmPaymentDeps } from './confirm-payment/confirm-payment.ts'
import { discardDeadLetterRoute } from './discard-dead-letter/discard-dead-letter.route.ts'
import type { LoadMeter } from './domain/load-meter.ts'
import { errors } from './errors.ts'
import { listDeadLettersRoute } from './list-dead-letters/list-dead-letters.route.ts'
import { listPaymentsRoute } from './list-payments/list-payments.route.ts'
import { listUnsettledRoute } from './list-unsettled/list-unsettled.route.ts'
import { readDeadLetterRoute } from './read-dead-letter/read-dead-letter.route.ts'
import { readPaymentRoute } from './read-payment/read-payment.route.ts'
import { receiveWebhookRoute } from './receive-webhook/receive-webhook.route.ts'
import type { ReceiveWebhookDeps } from './receive-webhook/receive-webhook.ts'
import { registerPaymentRoute } from './register-payment/register-payment.route.ts'
import type { RegisterPaymentDeps } from './register-payment/register-payment.ts'
import { replayDeadLetterRoute } from './replay-dead-letter/replay-dead-letter.route.ts'
import { replayDeadLettersRoute } from './replay-dead-letters/replay-dead-letters.route.ts'
import { reportLoadRoute } from './report-load/report-load.route.ts'
import { warnAgainstPayingTwice } from './warn-against-paying-twice.ts'

interface HttpDeps {
  readonly log: Log
  readonly metrics: Metrics
  readonly keys: ServiceKeys
}

/** The public API of this service, as the gateway calls it. */
export async function buildApp(
  deps: RegisterPaymentDeps & ConfirmPaymentDeps & ReceiveWebhookDeps & HttpDeps & { load: LoadMeter },
): Promise<App> {
  const app = buildHttp({ service: 'payment', log: deps.log, metrics: deps.metrics, errors })
  requireGateway(app, deps.keys)
  warnAgainstPayingTwice(app)
  registerPaymentRoute(app, deps)
  confirmPaymentRoute(app, deps)
  await receiveWebhookRoute(app, deps)
  listPaymentsRoute(app, deps)
  readPaymentRoute(app, deps)
  listDeadLettersRoute(app, deps)
  readDeadLetterRoute(app, deps)
  replayDeadLetterRoute(app, deps)
  replayDeadLettersRoute(app, deps)
  discardDeadLetterRoute(app, deps)
  cancelDeadLetterOrderRoute(app, deps)
  listUnsettledRoute(app, deps)
  return app
}

/** The API for other services, on a port of its own. */
export function buildInternalApp(deps: HttpDeps & { load: LoadMeter }): App {
  const app = buildHttp({ service: 'payment', log: deps.log, metrics: deps.metrics, errors })
  requireServiceKey(app, deps.keys)
  reportLoadRoute(app, deps)
  return app
}
