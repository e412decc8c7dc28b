import type { App } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { webhookEntity } from '../domain/payment-entity.ts'
import { paymentIdSchema, storeIdSchema } from '../domain/portone-input.ts'
import { refuse } from '../portone/answers.ts'
import { type ResendDeps, resendWebhook } from './resend-webhook.ts'

const paramsSchema = z.object({ paymentId: paymentIdSchema })
const bodySchema = z.object({ storeId: storeIdSchema, webhookId: z.string().max(200).optional() }).prefault({})

/** POST /payments/{paymentId}/resend-webhook (웹훅 재발송). */
export function resendWebhookRoute(scope: App, deps: ResendDeps): void {
  scope.post(
    '/payments/:paymentId/resend-webhook',
    { schema: { params: paramsSchema, body: bodySchema } },
    async (request, reply) => {
      const { storeId = deps.storeId, webhookId } = request.body
      if (storeId !== deps.storeId) return refuse(reply, 'FORBIDDEN')
      const result = await resendWebhook(deps, request.params.paymentId, webhookId)
      if ('refused' in result) return refuse(reply, result.refused)
      return reply.send({ webhook: webhookEntity(result.webhook) })
    },
  )
}
