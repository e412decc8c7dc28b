import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type HoldSeatsDeps, holdSeatsForBuyer } from './hold-seats.ts'

const time = z.iso.datetime({ offset: true })

const bestSchema = z.strictObject({
  count: z.int().min(1).max(100),
  grade: gradeSchema.optional(),
  together: z.boolean().default(true),
})

const bodySchema = z
  .object({
    scheduleId: idSchema,
    seatIds: z
      .array(idSchema)
      .min(1)
      .max(100)
      .refine((ids) => new Set(ids).size === ids.length, { error: 'a seat is named twice' })
      .optional(),
    best: bestSchema.optional(),
  })
  .refine(({ seatIds, best }) => (seatIds === undefined) !== (best === undefined), {
    error: 'either seatIds or best',
    path: ['seatIds'],
  })

const heldSchema = z.object({
  reservationId: idSchema,
  status: z.literal('PENDING'),
  seats: z.array(z.object({ seatId: idSchema, seatNumber: z.string(), grade: gradeSchema, price: z.int() })),
  totalAmount: z.int(),
  holdExpiresAt: time,
  paymentToken: z.string(),
  paymentTokenExpiresAt: time,
})

/**
 * `POST /reservations/hold` (RSV-001): chosen seats, or the best ones there are. Holding the same seats again, or asking again
 * for what one already holds, answers with the same reservation.
 */
export function holdSeatsRoute(app: App, deps: HoldSeatsDeps): void {
  app.post(
    '/reservations/hold',
    {
      schema: {
        summary: 'Hold one to four seats for five minutes: chosen ones, or the best there are',
        headers: z.object({ 'x-queue-token': z.string().max(200).optional() }),
        body: bodySchema,
        response: { 201: heldSchema, ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const outcome = await holdSeatsForBuyer(deps, {
        userId,
        queueToken: request.headers['x-queue-token'],
        scheduleId: request.body.scheduleId,
        wanted: request.body.best ?? request.body.seatIds ?? [],
        requestId: request.id,
      })
      if ('refused' in outcome) {
        const { refused, ...members } = outcome
        const headers = refused === 'SEATS_UNDECIDED' ? { 'retry-after': '1' } : {}
        throw problem(errors, refused, { ...members, headers })
      }
      return reply.code(201).send(outcome)
    },
  )
}
