import type { TicketFacts } from './place-request.ts'

/** For tests: what the ticket of an answer says. Throws if there is no place in it. */
export function ticketOf(reply: { outcome: string; epochUs?: number; scoreUs?: number; nowMs?: number }): TicketFacts {
  const { epochUs, scoreUs, nowMs } = reply
  if (epochUs === undefined || scoreUs === undefined || nowMs === undefined)
    throw new Error(`${reply.outcome}: no place`)
  return { epochUs, scoreUs, atMs: nowMs }
}
