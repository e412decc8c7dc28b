import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'

const bodySchema = z.strictObject({ url: z.url({ protocol: /^https?$/ }).nullable() })

export interface WebhookUrlDeps {
  readonly webhooks: { setUrl(url: string | null): void }
}

/** PUT /sandbox/webhook-url: what the merchant sets in PortOne's console; null sends no webhooks. Ends with a reset. */
export function setWebhookUrlRoute(scope: App, deps: WebhookUrlDeps): void {
  scope.put(
    '/sandbox/webhook-url',
    { schema: { body: bodySchema, response: { ...commonResponses, 200: bodySchema } } },
    async (request) => {
      deps.webhooks.setUrl(request.body.url)
      return request.body
    },
  )
}
