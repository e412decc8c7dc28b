import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, type ProblemError, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { gateSchema, ticketCodeSchema } from '../domain/gate.ts'
import { errors } from '../errors.ts'
import { type Admission, type AdmitTicketDeps, admitTicket } from './admit-ticket.ts'

const answerSchema = z.object({
  ticketNumber: z.string(),
  scheduleId: idSchema,
  seat: z.object({ seatId: idSchema, seatNumber: z.string(), grade: z.enum(['VIP', 'S', 'A', 'B']) }),
  enteredAt: z.iso.datetime({ offset: true }),
  gate: z.string().nullable(),
})

/** `POST /reservations/tickets/verify`: the gate's question, whose yes is an entry (RSV-010). */
export function admitTicketRoute(app: App, deps: AdmitTicketDeps): void {
  app.post(
    '/reservations/tickets/verify',
    {
      schema: {
        summary: 'Let the holder of a ticket code in, once',
        body: z.object({ code: ticketCodeSchema, scheduleId: idSchema, gate: gateSchema.optional() }),
        response: { 200: answerSchema, ...commonResponses },
      },
    },
    async (request) => {
      const { userId: scannedBy } = requireAdmin(request)
      const { code, scheduleId, gate = null } = request.body
      const admission = await admitTicket(deps, { code, scheduleId, gate, scannedBy })
      if (admission.outcome !== 'ENTERED') throw refusalOf(admission)
      const { facts, seatNumber, grade, enteredAt } = admission
      return {
        ticketNumber: facts.ticketNumber,
        scheduleId: facts.scheduleId,
        seat: { seatId: facts.seatId, seatNumber, grade },
        enteredAt: enteredAt.toISOString(),
        gate: admission.gate,
      }
    },
  )
}

function refusalOf(admission: Exclude<Admission, { outcome: 'ENTERED' }>): ProblemError {
  switch (admission.outcome) {
    case 'ALREADY_USED':
      return problem(errors, 'ALREADY_USED', { enteredAt: admission.enteredAt.toISOString(), gate: admission.gate })
    case 'CANCELLED':
      return problem(errors, 'CANCELLED', { cancelledAt: admission.cancelledAt.toISOString() })
    case 'TICKET_NOT_FOUND':
      return problem(errors, 'TICKET_NOT_FOUND')
    case 'OTHER_SCHEDULE':
      return problem(errors, 'TICKET_OF_OTHER_SCHEDULE')
    case 'EXPIRED':
      return problem(errors, 'TICKET_EXPIRED')
    case 'NOT_YET':
      return problem(errors, 'TICKET_NOT_YET')
    default:
      return problem(errors, 'TICKET_CODE_INVALID', { reason: admission.outcome })
  }
}
