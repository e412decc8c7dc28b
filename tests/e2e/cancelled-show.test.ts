import { apiAt, logIn } from '@ticket-queue/scripts/call-api'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { refundTickets } from '../faults/refund-tickets.ts'
import { sellTickets } from '../faults/sell-tickets.ts'
import { walk } from '../load/crowd/buyer.ts'
import { testSystem } from '../system/test-system.ts'
import { type Shown, ticketHolders } from './ticket-holders.ts'

const own = await testSystem({ FIRST_CHECK_SECONDS: '5', CHECK_CLAIM_SECONDS: '10', REFUNDS_PER_SECOND: '20' })
const { road, db, send, holder, openPayment, payInWindow, brokenRules } = await ticketHolders(own)

/** How many reservations have not ended. */
async function live(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM reservation_service.reservations WHERE status <> 'CANCELLED'`.execute(db)
  return rows[0]?.count ?? 0
}

const tickets = 100

test('a show that is called off: every ticket is refunded in full and once, though services are killed twice each meanwhile (EVT-022)', async () => {
  const plans = Array.from({ length: 6 }, (_, index) => (index < 4 ? ('buy' as const) : ('abandon' as const)))
  const [sold] = await Promise.all([
    sellTickets(own, tickets),
    Promise.all(plans.map((plan, index) => walk(road, index + 10, plan))),
  ])
  const { caller, hold } = await holder(60)
  const open = await openPayment(caller, hold, hold.totalAmount)
  expect(await live()).toBe(tickets + 7)

  const admin = apiAt(own.gatewayUrl, await logIn(own.gatewayUrl, own.admin.email, own.admin.password))
  const eventId = own.demo.events.find((event) => event.key === 'onSale')?.eventId
  const report = await refundTickets(own, sold, () =>
    admin('POST', `/events/${eventId}/cancel`, { reason: '아티스트의 건강 문제' }),
  )
  expect(report.wrong).toEqual([])
  expect(report.kills.map(({ process }) => process)).toEqual(['reservation', 'payment', 'reservation', 'payment'])
  expect(report.kills.at(-1)?.refundedBefore).toBeLessThan(tickets)
  await waitUntil(async () => expect(await live()).toBe(0), { timeoutMs: 120_000, intervalMs: 200 })
  // Money that comes after the end.
  await payInWindow(open.body.portonePaymentId)
  await waitUntil(
    async () => {
      const kept = (await own.books.ledger()).reduce((sum, entry) => sum + entry.keptAmount, 0)
      expect(kept).toBe(0)
    },
    { timeoutMs: 120_000, intervalMs: 200 },
  )
  expect(await brokenRules()).toEqual([])
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM reservation_service.reservations
    WHERE cancel_reason = 'EVENT_CANCELLED' AND fee_amount = 0`.execute(db)
  expect(rows[0]?.count).toBe(tickets + 7)
  const seats = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM event_service.seats WHERE status = 'SOLD'`.execute(db)
  expect(seats.rows[0]?.count).toBe(0)
  expect((await send<Shown>(caller, 'GET', `/reservations/${hold.reservationId}`)).body).toMatchObject({
    status: 'CANCELLED',
    cancelReason: 'EVENT_CANCELLED',
    cancellation: null,
  })
}, 400_000)
