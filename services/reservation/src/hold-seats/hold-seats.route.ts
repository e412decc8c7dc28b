import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type HoldSeatsDeps, holdSeatsForBuyer } from './hold-seats.ts'

const time = z.iso.datetime({ offset: true })

const bodySchema = z.object({
  scheduleId: idSchema,
  seatIds: z
    .array(idSchema)
    .min(1)
    .max(100)
    .refine((ids) => new Set(ids).size === ids.length, { error: 'a seat is named twice' }),
})

const heldSchema = z.object({
  reservationId: idSchema,
  status: z.literal('PENDING'),
  seats: z.array(
    z.object({ seatId: idSchema, seatNumber: z.string(), grade: z.enum(['VIP', 'S', 'A', 'B']), price: z.int() }),
  ),
  totalAmount: z.int(),
  holdExpiresAt: time,
  paymentToken: z.string(),
  paymentTokenExpiresAt: time,
})

/** `POST /reservations/hold` (RSV-001). Holding the same seats again answers with the same reservation. */
export function holdSeatsRoute(app: App, deps: HoldSeatsDeps): void {
  app.post(
    '/reservations/hold',
    {
      schema: {
        summary: 'Hold one to four seats for five minutes',
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
        seatIds: request.body.seatIds,
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
