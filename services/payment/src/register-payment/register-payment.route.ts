import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type RegisterPaymentDeps, registerPayment } from './register-payment.ts'

const bodySchema = z.object({
  reservationId: idSchema,
  amount: z.int().positive().max(1_000_000_000),
  paymentMethod: z.literal('CARD'),
  paymentKey: z.string().regex(/^[A-Za-z0-9_-]{8,100}$/, { error: 'must be 8 to 100 letters, digits, _ or -' }),
})

const registeredSchema = z.object({
  paymentId: idSchema,
  portonePaymentId: z.string(),
  amount: z.int(),
  storeId: z.string(),
  channelKey: z.string(),
  paymentKey: z.string(),
  status: z.literal('PENDING'),
})

/** `POST /payments` (PAY-001, PAY-004..007). */
export function registerPaymentRoute(app: App, deps: RegisterPaymentDeps): void {
  app.post(
    '/payments',
    {
      schema: {
        summary: 'Open a payment for held seats',
        headers: z.object({ 'x-queue-token': z.string().max(200).optional() }),
        body: bodySchema,
        response: { 201: registeredSchema, ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const outcome = await registerPayment(deps, {
        ...request.body,
        userId,
        queueToken: request.headers['x-queue-token'],
        requestId: request.id,
      })
      if ('refused' in outcome) {
        const { refused, ...members } = outcome
        const retry = errors[refused].status === 503 ? { headers: { 'retry-after': '10' } } : {}
        throw problem(errors, refused, { ...members, ...retry })
      }
      return reply.code(201).send(outcome)
    },
  )
}
