import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, ProblemError, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { LoadMeter } from '../domain/load-meter.ts'
import { errors } from '../errors.ts'
import { type ConfirmPaymentDeps, confirmPayment } from './confirm-payment.ts'

const bodySchema = z.object({
  reservationId: idSchema,
  paymentId: idSchema,
  paymentKey: z.string().min(1).max(100),
  /** What the browser SDK returned; PortOne's own answer decides, so it is only recorded in PortOne's books. */
  transactionId: z.string().min(1).max(200),
  /** Only with manual approval; opaque, but always printable ASCII. */
  paymentToken: z
    .string()
    .regex(/^[\x21-\x7e]{1,2000}$/)
    .optional(),
  amount: z.int().positive().max(1_000_000_000),
})

const confirmedSchema = z.object({
  paymentId: idSchema,
  status: z.enum(['SUCCESS', 'PENDING']),
  paidAt: z.iso.datetime({ offset: true }).nullable(),
})

/** `POST /payments/confirm` (PAY-010): 200 SUCCESS, 202 PENDING, or the refusal. */
export function confirmPaymentRoute(app: App, deps: ConfirmPaymentDeps & { load: LoadMeter }): void {
  app.post(
    '/payments/confirm',
    {
      schema: {
        summary: 'Confirm a payment made in the payment window',
        headers: z.object({ 'x-queue-token': z.string().max(200).optional() }),
        body: bodySchema,
        response: { 200: confirmedSchema, 202: confirmedSchema, ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const outcome = await measured(deps.load, () =>
        confirmPayment(deps, {
          ...request.body,
          userId,
          queueToken: request.headers['x-queue-token'],
          requestId: request.id,
        }),
      )
      if ('refused' in outcome) {
        const { refused, ...members } = outcome
        const retry = refused === 'PORTONE_UNAVAILABLE' ? { headers: { 'retry-after': '10' } } : {}
        throw problem(errors, refused, { ...members, ...retry })
      }
      return reply.code(outcome.status === 'SUCCESS' ? 200 : 202).send(outcome)
    },
  )
}

/** Badly is what is not the buyer's doing: an error of ours, or PortOne that cannot be reached or does not answer in time. */
async function measured<T extends object>(load: LoadMeter, confirm: () => Promise<T>): Promise<T> {
  const end = load.begin(performance.now())
  try {
    const outcome = await confirm()
    const unclear = 'status' in outcome && outcome.status === 'PENDING'
    const unreachable = 'refused' in outcome && outcome.refused === 'PORTONE_UNAVAILABLE'
    end(performance.now(), unclear || unreachable ? 'badly' : 'well')
    return outcome
  } catch (error) {
    end(performance.now(), error instanceof ProblemError && error.statusCode < 500 ? 'well' : 'badly')
    throw error
  }
}
