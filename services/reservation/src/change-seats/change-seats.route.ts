import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type ChangeSeatsDeps, changeSeats } from './change-seats.ts'

const changedSchema = z.object({
  reservationId: idSchema,
  status: z.literal('PENDING'),
  seats: z.array(
    z.object({ seatId: idSchema, seatNumber: z.string(), grade: z.enum(['VIP', 'S', 'A', 'B']), price: z.int() }),
  ),
  totalAmount: z.int(),
  holdExpiresAt: z.iso.datetime({ offset: true }),
})

/** `PUT /reservations/hold/{id}` (RSV-002). The payment token of the hold stays good; the sum to pay is the new one. */
export function changeSeatsRoute(app: App, deps: ChangeSeatsDeps): void {
  app.put(
    '/reservations/hold/:reservationId',
    {
      schema: {
        summary: 'Exchange the seats of a hold; it ends when it would have ended',
        params: z.object({ reservationId: idSchema }),
        headers: z.object({ 'x-queue-token': z.string().max(200).optional() }),
        body: z.object({
          newSeatIds: z
            .array(idSchema)
            .min(1)
            .max(100)
            .refine((ids) => new Set(ids).size === ids.length, { error: 'a seat is named twice' }),
        }),
        response: { 200: changedSchema, ...commonResponses },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      const outcome = await changeSeats(deps, {
        userId,
        queueToken: request.headers['x-queue-token'],
        reservationId: request.params.reservationId,
        newSeatIds: request.body.newSeatIds,
        requestId: request.id,
      })
      if ('refused' in outcome) {
        const { refused, ...members } = outcome
        const headers = refused === 'SEATS_UNDECIDED' ? { 'retry-after': '1' } : {}
        throw problem(errors, refused, { ...members, headers })
      }
      return { ...outcome, status: 'PENDING' as const, seats: [...outcome.seats] }
    },
  )
}
