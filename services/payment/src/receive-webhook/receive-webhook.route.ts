import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type ReceiveWebhookDeps, receiveWebhook } from './receive-webhook.ts'

const header = z.string().max(2_000).optional()
const bodyLimitBytes = 65_536

/**
 * `POST /payments/webhook`: no log-in and no queue token, the signature is the credential. In a scope of its own, because
 * the signature covers the bytes as they came, so this route alone must not parse JSON.
 */
export async function receiveWebhookRoute(app: App, deps: ReceiveWebhookDeps): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    const own = scope as unknown as App
    own.post(
      '/payments/webhook',
      {
        bodyLimit: bodyLimitBytes,
        schema: {
          summary: 'PortOne tells of a payment',
          headers: z.object({ 'webhook-id': header, 'webhook-timestamp': header, 'webhook-signature': header }),
          body: z.string(),
          response: { 200: z.object({ received: z.literal(true) }), ...commonResponses },
        },
      },
      async (request) => {
        const outcome = await receiveWebhook(deps, { rawBody: request.body, headers: request.headers })
        if (outcome === 'SIGNATURE_INVALID') throw problem(errors, 'SIGNATURE_INVALID')
        if (outcome === 'ignored') request.log.warn('a signed webhook is not for this store or cannot be read')
        return { received: true as const }
      },
    )
  })
}
