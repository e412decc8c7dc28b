import { paymentLoadSchema } from '@ticket-queue/contracts/http/payment'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import type { LoadMeter } from '../domain/load-meter.ts'

/** `GET /internal/load`: what the waiting room slows admission down by. */
export function reportLoadRoute(app: App, deps: { load: LoadMeter }): void {
  app.get('/internal/load', { schema: { response: { 200: paymentLoadSchema, ...commonResponses } } }, async () =>
    deps.load.report(performance.now()),
  )
}
