import { createDatabase, inTransaction } from '@ticket-queue/database'
import { createMetrics } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { cancelRows } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { asScanner, ticketsOf } from '../test-tickets.ts'

const service = await testReservationService()
const { app, db, deps, stores } = service
const { bought, codeOf, admit, entries } = ticketsOf(service)
const replica = createDatabase<Database>({ url: stores.DATABASE_URL, poolMax: 5 })
const otherApp = buildApp({ ...deps, metrics: createMetrics('reservation'), db: replica.db })
const owner = createDatabase<Database>({ url: service.ownerUrl, poolMax: 1 })
afterAll(async () => {
  await otherApp.close()
  await replica.close()
  await owner.close()
})

const entriesOf = async (reservationId: string) =>
  (await entries()).filter((entry) => entry.reservation_id === reservationId)

/** One ticket at `gates` gates at once, half of them at another replica; gives how often each answer came. */
const rush = async (gates: number) => {
  const ticket = await bought()
  const answers = await Promise.all(
    Array.from({ length: gates }, (_, gate) =>
      (gate % 2 ? otherApp : app).inject({
        method: 'POST',
        url: '/reservations/tickets/verify',
        headers: asScanner(),
        payload: { code: codeOf(ticket), scheduleId: ticket.scheduleId, gate: `gate ${gate}` },
      }),
    ),
  )
  const counted = Map.groupBy(answers.map(outcome), (one) => one)
  const written = await entriesOf(ticket.reservationId)
  return { answers: Object.fromEntries([...counted].map(([one, all]) => [one, all.length])), written: written.length }
}

test('one ticket at twenty gates of two replicas at once passes exactly one', async () => {
  for (let round = 0; round < 5; round += 1)
    expect(await rush(20)).toEqual({ answers: { '200': 1, '409 ALREADY_USED': 19 }, written: 1 })
})

test('it is the constraint that decides: without it the same rush passes many', async () => {
  const table = sql.raw('reservation_service.ticket_entries')
  await sql`ALTER TABLE ${table} DROP CONSTRAINT ticket_entries_once`.execute(owner.db)
  try {
    expect((await rush(20)).written).toBeGreaterThan(1)
  } finally {
    await sql`DELETE FROM ${table}`.execute(owner.db)
    await sql`ALTER TABLE ${table} ADD CONSTRAINT ticket_entries_once UNIQUE (reservation_id, seat_id)`.execute(
      owner.db,
    )
  }
})

test('a gate waits for a cancellation that is being written, and then lets nobody in', async () => {
  const ticket = await bought()
  const { reservationId, scheduleId, seatId } = ticket
  let answer: ReturnType<typeof admit> | undefined
  await inTransaction(db, async (trx) => {
    const cancel = { reservationIds: [reservationId], from: 'CONFIRMED', reason: 'USER_CANCELLED' } as const
    await cancelRows(trx, { ...cancel, correlationId: 'test' })
    answer = admit({ code: codeOf(ticket), scheduleId })
    await waitUntil(
      async () => {
        const { rows } = await sql<{ waiting: number }>`
        SELECT count(*)::int AS waiting FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(replica.db)
        return rows[0]?.waiting === 1
      },
      { timeoutMs: 20_000 },
    )
    const naive = sql`INSERT INTO ticket_entries (reservation_id, reservation_version, seat_id, schedule_id, scanned_by)
      SELECT id, version, ${seatId}::uuid, event_schedule_id, ${uuidv7()}::uuid FROM reservations
      WHERE id = ${reservationId} AND status = 'CONFIRMED'`
    const control = replica.db.transaction().execute(async (other) => {
      expect((await naive.execute(other)).numAffectedRows).toBe(1n)
      throw new Error('without the lock somebody is let in')
    })
    await expect(control).rejects.toThrow('without the lock')
  })
  if (!answer) throw new Error('the gate was not asked')
  expect(outcome(await answer)).toBe('409 CANCELLED')
  expect(await entriesOf(reservationId)).toEqual([])
})

test('a buyer who gives the ticket back while somebody comes in with it: one of the two, never both', async () => {
  for (let round = 0; round < 8; round += 1) {
    const ticket = await bought()
    const { buyer, reservationId, scheduleId } = ticket
    const [admitted, cancelled] = await Promise.all([
      admit({ code: codeOf(ticket), scheduleId }),
      service.cancel(buyer, reservationId),
    ])
    const outcomes = [outcome(admitted), outcome(cancelled)]
    expect([
      ['200', '409 TICKET_USED'],
      ['409 CANCELLED', '200'],
    ]).toContainEqual(outcomes)
  }
})

test('gates and cancellations at once: who is in was confirmed, who is cancelled first is out', async () => {
  const ended = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const ticket = await bought()
      const cancel = { reservationIds: [ticket.reservationId], from: 'CONFIRMED', reason: 'USER_CANCELLED' } as const
      const [answer] = await Promise.all([
        admit({ code: codeOf(ticket), scheduleId: ticket.scheduleId }),
        inTransaction(replica.db, (trx) => cancelRows(trx, { ...cancel, correlationId: 'test' })),
      ])
      return { answer: outcome(answer), reservationId: ticket.reservationId }
    }),
  )
  for (const { answer, reservationId } of ended) {
    expect(['200', '409 CANCELLED']).toContain(answer)
    const { version } = await service.reservation(reservationId)
    const written = await entriesOf(reservationId)
    expect(written.map((entry) => entry.reservation_version)).toEqual(answer === '200' ? [version - 1] : [])
  }
})
