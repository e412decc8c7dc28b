import { apiAt, logIn } from '@ticket-queue/scripts/call-api'
import type { CheckedRule } from '../invariants/check-books.ts'
import { untilSettled } from '../invariants/until-settled.ts'
import type { OpenSystem } from '../system/open-system.ts'
import { type RefundReport, refundTickets } from './refund-tickets.ts'
import { sellTickets } from './sell-tickets.ts'

export interface CallOffReport {
  readonly refunds: RefundReport
  readonly rules: readonly CheckedRule[]
}

const settleMaxMs = 120_000

/** Sells so many tickets of the show on sale, calls it off with services dying on the way, and checks the refunds and every book. */
export async function callOff(
  own: OpenSystem,
  tickets: number,
  say: (line: string) => void = () => {},
): Promise<CallOffReport> {
  const begunAtMs = performance.now()
  const sold = await sellTickets(own, tickets)
  say(`${tickets} tickets sold in ${((performance.now() - begunAtMs) / 1_000).toFixed(1)} s`)
  const admin = apiAt(own.gatewayUrl, await logIn(own.gatewayUrl, own.admin.email, own.admin.password))
  const eventId = own.demo.events.find((event) => event.key === 'onSale')?.eventId
  const refunds = await refundTickets(own, sold, () =>
    admin('POST', `/events/${eventId}/cancel`, { reason: '아티스트의 건강 문제' }),
  )
  for (const { process, refundedBefore } of refunds.kills) say(`${process} killed after ${refundedBefore} refunds`)
  say(`${tickets} refunded in ${refunds.seconds.toFixed(1)} s, at most ${refunds.perSecondMax} in a second`)
  const once = { name: 'each ticket is refunded in full, once', examined: tickets, violations: refunds.wrong }
  return { refunds, rules: [once, ...(await untilSettled(own.books, settleMaxMs))] }
}
