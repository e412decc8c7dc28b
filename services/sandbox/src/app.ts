import { type App, buildHttp, type Log, type Metrics, problem } from '@ticket-queue/service-kit'
import { addOauthUserRoute } from './add-oauth-user/add-oauth-user.route.ts'
import { type AddUserDeps, addFirstUsers } from './add-oauth-user/add-oauth-user.ts'
import { cancelPaymentRoute } from './cancel-payment/cancel-payment.route.ts'
import { confirmPaymentRoute } from './confirm-payment/confirm-payment.route.ts'
import { endCancellationsRoute } from './end-cancellations/end-cancellations.route.ts'
import { errors } from './errors.ts'
import { explainSandboxRoute } from './explain-sandbox/explain-sandbox.route.ts'
import { findPaymentsRoute } from './find-payments/find-payments.route.ts'
import { faultsRoute } from './inject-faults/faults.route.ts'
import { injectFaults } from './inject-faults/inject-faults.ts'
import { payPaymentRoute } from './pay-payment/pay-payment.route.ts'
import type { PayDeps } from './pay-payment/pay-payment.ts'
import { speakPortone } from './portone/speak-portone.ts'
import { preRegisterPaymentRoute } from './pre-register-payment/pre-register-payment.route.ts'
import { answerWhenWritten } from './protocol/answer-when-written.ts'
import { readForms, readJson } from './protocol/read-bodies.ts'
import { readLedgerRoute } from './read-ledger/read-ledger.route.ts'
import { listMailsRoute } from './receive-mail/list-mails.route.ts'
import { resendWebhookRoute } from './resend-webhook/resend-webhook.route.ts'
import { resetSandboxRoute } from './reset-sandbox/reset-sandbox.route.ts'
import type { ResetDeps } from './reset-sandbox/reset-sandbox.ts'
import { setWebhookUrlRoute } from './set-webhook-url/set-webhook-url.route.ts'
import { discoveryRoute, signInRoute } from './sign-in-with-provider/sign-in.route.ts'
import type { SignInDeps } from './sign-in-with-provider/sign-in-deps.ts'
import { BooksFullError } from './store/books.ts'
import { verifyCaptchaRoute } from './verify-captcha/verify-captcha.route.ts'
import type { VerifyCaptchaDeps } from './verify-captcha/verify-captcha.ts'
import { findVerificationRoute, verifyIdentityRoute } from './verify-identity/verify-identity.route.ts'

export type AppDeps = PayDeps &
  Omit<ResetDeps, 'addFirstUsers'> &
  SignInDeps &
  VerifyCaptchaDeps & { readonly apiSecret: string; readonly log: Log; readonly metrics: Metrics }

const bodyLimitBytes = 65_536

/** Every provider the sandbox stands in for and its own calls, each group in the words of its provider; not listening. */
export function buildApp(deps: AppDeps): App {
  const app = buildHttp({ service: 'sandbox', log: deps.log, metrics: deps.metrics, errors, bodyLimitBytes })
  injectFaults(app, deps)
  explainSandboxRoute(app)
  app.register(async (scope) => portoneRoutes(scope, deps))
  app.register(async (scope) => sandboxRoutes(scope, deps))
  app.register(async (scope) => {
    readForms(scope)
    verifyCaptchaRoute(scope, deps)
  })
  app.register(async (scope) => {
    readForms(scope)
    signInRoute(scope, deps)
    discoveryRoute(scope, deps)
  })
  return app
}

/** PortOne V2. */
function portoneRoutes(scope: App, deps: AppDeps): void {
  speakPortone(scope, deps)
  answerWhenWritten(scope, deps.books)
  preRegisterPaymentRoute(scope, deps)
  findPaymentsRoute(scope, deps)
  confirmPaymentRoute(scope, deps)
  cancelPaymentRoute(scope, deps)
  resendWebhookRoute(scope, deps)
  findVerificationRoute(scope, deps)
}

/** What a person, a browser or a test does. */
function sandboxRoutes(scope: App, deps: AppDeps): void {
  readJson(scope)
  scope.setErrorHandler((error) => {
    throw error instanceof BooksFullError ? problem(errors, 'SANDBOX_FULL', { detail: error.message }) : error
  })
  answerWhenWritten(scope, deps.books)
  payPaymentRoute(scope, deps)
  endCancellationsRoute(scope, deps)
  verifyIdentityRoute(scope, deps)
  addOauthUserRoute(scope, deps)
  listMailsRoute(scope, deps)
  faultsRoute(scope, deps)
  setWebhookUrlRoute(scope, deps)
  readLedgerRoute(scope, deps)
  resetSandboxRoute(scope, { ...deps, addFirstUsers: () => addFirstUsers(deps satisfies AddUserDeps) })
}
