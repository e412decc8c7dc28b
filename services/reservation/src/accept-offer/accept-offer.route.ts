import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type AcceptOfferDeps, acceptOffer } from './accept-offer.ts'

const time = z.iso.datetime({ offset: true })

/** As a hold answers: what is to be paid, and the token to pay with. */
const acceptedSchema = z.object({
  reservationId: idSchema,
  status: z.literal('PENDING'),
  seats: z.array(z.object({ seatId: idSchema, seatNumber: z.string(), grade: gradeSchema, price: z.int() })),
  totalAmount: z.int(),
  holdExpiresAt: time,
  paymentToken: z.string(),
  paymentTokenExpiresAt: time,
})

/** `POST /reservations/waiting-list/{id}/accept`. May be repeated while the offer lasts: for another token, from another device. */
export function acceptOfferRoute(app: App, deps: AcceptOfferDeps): void {
  app.post(
    '/reservations/waiting-list/:entryId/accept',
    {
      schema: {
        summary: 'Take the seats that the waiting list offers, to pay them',
        params: z.object({ entryId: idSchema }),
        response: { 200: acceptedSchema, ...commonResponses },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      const outcome = await acceptOffer(deps, { userId, entryId: request.params.entryId, requestId: request.id })
      if ('refused' in outcome) throw problem(errors, outcome.refused)
      return outcome
    },
  )
}
