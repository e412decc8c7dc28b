import type { App } from '@ticket-queue/service-kit'
import { htmlPage } from '../domain/html.ts'

const calls: readonly (readonly [string, string])[] = [
  ['GET /payments/{id}', 'PortOne V2, with Authorization: PortOne &lt;secret&gt;'],
  ['POST /payments/{id}/pre-register, confirm, cancel, resend-webhook', 'PortOne V2'],
  ['GET /payments, /payments-by-cursor, /payments/{id}/transactions', 'PortOne V2'],
  ['GET /identity-verifications/{id}', 'PortOne V2'],
  ['POST /recaptcha/api/siteverify', 'Google reCAPTCHA: tokens pass…, fail…, score:0.3…'],
  ['/oauth/{kakao,naver,google}/authorize, token, userinfo', 'sign-in with a provider'],
  ['SMTP', 'keeps every mail: GET /sandbox/mails?to='],
  ['POST /sandbox/payments/{id}/pay', 'the buyer finishes the payment window'],
  ['POST /sandbox/identity-verifications, /sandbox/oauth-users', 'people'],
  ['PUT /sandbox/faults, /sandbox/webhook-url', 'misbehave; where webhooks go'],
  ['GET /sandbox/ledger · POST /sandbox/reset', 'the books; forget everything'],
]

const page = htmlPage(
  'Sandbox',
  `<p>This stands in for the outside world on a laptop and in tests: PortOne, Google reCAPTCHA, Kakao, Naver and Google
sign-in, and a mail server. No money moves and no mail leaves. It never runs in production.</p>
<table>${calls.map(([call, does]) => `<tr><td><code>${call}</code></td><td>${does}</td></tr>`).join('\n')}</table>
<p>Examples are in <code>services/sandbox/README.md</code>; the calls under <code>/sandbox</code> are described at
<a href="/openapi.json">/openapi.json</a>.</p>`,
)

/** GET /: what this is, for a person. */
export function explainSandboxRoute(scope: App): void {
  scope.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  )
}
