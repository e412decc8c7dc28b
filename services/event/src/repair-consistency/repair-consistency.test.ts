import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { testConsistency } from '../consistency/test-consistency.ts'
import { outboxOf } from '../test-catalogue.ts'
import { newReservationId, paymentSuccess, reservationCancelled, reservationConfirmed } from '../test-sales.ts'

const { service, reservations, check, repair, reserve, mark, schedule, owners } = await testConsistency()
const ownersOf = (from: Record<number, string>) => Array.from({ length: 10 }, (_, ordinal) => from[ordinal] ?? null)
afterEach(() => {
  reservations.state.beforeOutcome = async () => {}
})

/** Lets the reservation service answer only when told to, once per call. */
function holdAnswers() {
  const [asked, mayAnswer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  reservations.state.beforeOutcome = async () => {
    asked.resolve()
    await mayAnswer.promise
  }
  return { asked: asked.promise, answer: () => mayAnswer.resolve() }
}
const sessionsWaiting = async () => {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(service.database.db)
  return rows.length
}

describe('POST /events/admin/consistency/{scheduleId}/repair', () => {
  it('sells what is missing, frees what is extra, gives a seat to its owner, and tells each change', async () => {
    const { scheduleId, seatIds } = await schedule()
    const missing = reserve({ scheduleId, seatIds: seatIds(0, 1) })
    const cancelled = reserve({ scheduleId, seatIds: seatIds(2) }, 'CANCELLED')
    const owner = reserve({ scheduleId, seatIds: seatIds(3) })
    await mark(seatIds(2, 3), cancelled.reservationId)
    const { status, body } = await repair(scheduleId)
    expect([status, body.left, body.complete]).toEqual([200, [], true])
    const told = body.changes.map((one: Record<string, string>) => `${one['change']} ${one['seatNumber']}`)
    expect(told.toSorted()).toEqual([
      'FREED A-01-003',
      'FREED A-02-001',
      'SOLD A-01-001',
      'SOLD A-01-002',
      'SOLD A-02-001',
    ])
    const [a, b] = [missing.reservationId, owner.reservationId]
    expect(await owners(scheduleId)).toEqual(ownersOf({ 0: a, 1: a, 3: b }))
    expect((await check(scheduleId)).body.differences).toEqual([])
  })

  it('leaves seats that come back later with the ticket that was given back, and takes the others', async () => {
    const { scheduleId, seatIds } = await schedule()
    const withheldSeatIds = seatIds(0)
    const { reservationId } = reserve({ scheduleId, seatIds: seatIds(0, 1), withheldSeatIds }, 'CANCELLED')
    await mark(seatIds(0, 1), reservationId)
    expect((await repair(scheduleId)).body).toMatchObject({ changes: [{ change: 'FREED' }], left: [] })
    expect(await owners(scheduleId)).toEqual(ownersOf({ 0: reservationId }))
  })

  it('frees what ended unpaid in a way that late money can still undo (decision 0023)', async () => {
    const { scheduleId, seatIds } = await schedule()
    const sale = reserve({ scheduleId, seatIds: seatIds(0) }, 'CANCELLED')
    await mark(seatIds(0), sale.reservationId)
    await repair(scheduleId)
    expect(await owners(scheduleId)).toEqual(ownersOf({}))
    await service.deliver('reservation', reservationConfirmed(sale))
    expect(await owners(scheduleId)).toEqual(ownersOf({ 0: sale.reservationId }))
  })

  it('changes nothing more when it is repeated, also at the same moment', async () => {
    const { scheduleId, seatIds } = await schedule()
    const missing = reserve({ scheduleId, seatIds: seatIds(0) })
    await mark(seatIds(1), reserve({ scheduleId, seatIds: seatIds(1) }, 'CANCELLED').reservationId)
    const repairs = await Promise.all([1, 2, 3].map(() => repair(scheduleId)))
    expect(repairs.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(repairs.flatMap(({ body }) => body.changes)).toHaveLength(2)
    expect((await repair(scheduleId)).body).toEqual({ scheduleId, changes: [], left: [], complete: true })
    expect(await owners(scheduleId)).toEqual(ownersOf({ 0: missing.reservationId }))
  })

  it('leaves alone what is under way, what waits for a payment, and what the reservation service does not know', async () => {
    const { scheduleId, seatIds } = await schedule()
    reserve({ scheduleId, seatIds: seatIds(0) }, 'CONFIRMED', 3)
    const cancelled = reserve({ scheduleId, seatIds: seatIds(1) }, 'CANCELLED', 3)
    const paid = reserve({ scheduleId, seatIds: seatIds(2) }, 'PENDING')
    const unknown = newReservationId()
    await mark(seatIds(1), cancelled.reservationId)
    await mark(seatIds(2), paid.reservationId)
    await mark(seatIds(3), unknown)
    const before = await owners(scheduleId)
    const { body } = await repair(scheduleId)
    expect([body.changes, body.left.length]).toEqual([[], 4])
    expect(await owners(scheduleId)).toEqual(before)
    // Nothing is left behind that would hold up the news that is under way.
    const sales = service.database.db.selectFrom('seat_sales').selectAll().where('schedule_id', '=', scheduleId)
    expect(await sales.execute()).toEqual([])
  })

  it('lets late news of what it repaired change nothing', async () => {
    const { scheduleId, seatIds } = await schedule()
    const missing = reserve({ scheduleId, seatIds: seatIds(0) })
    const cancelled = reserve({ scheduleId, seatIds: seatIds(1) }, 'CANCELLED')
    await mark(seatIds(1), cancelled.reservationId)
    await repair(scheduleId)
    await service.deliver('reservation', reservationConfirmed(missing))
    await service.deliver('payment', paymentSuccess(missing))
    await service.deliver('payment', paymentSuccess(cancelled))
    await service.deliver('reservation', reservationCancelled(cancelled))
    expect(await owners(scheduleId)).toEqual(ownersOf({ 0: missing.reservationId }))
  })

  it('tells the waiting room and the readers when the last seat is sold by it', async () => {
    const { scheduleId, eventId, seatIds } = await schedule()
    const all = seatIds(0, 1, 2, 3, 4, 5, 6, 7, 8)
    await mark(all, reserve({ scheduleId, seatIds: all }).reservationId)
    reserve({ scheduleId, seatIds: seatIds(9) })
    const soldOut = async () => (await service.call('GET', `/events/${eventId}`)).body.schedules[0].soldOut
    expect(await soldOut()).toBe(false)
    await repair(scheduleId)
    expect(await soldOut()).toBe(true)
    expect((await outboxOf(service, 'ScheduleUpdated', scheduleId)).at(-1)?.payload).toMatchObject({ seatsLeft: 0 })
  })

  it('changes nothing when the reservation service goes away in the middle', async () => {
    const { scheduleId, seatIds } = await schedule()
    reserve({ scheduleId, seatIds: seatIds(0) })
    reservations.state.beforeOutcome = async () => {
      reservations.state.isAway = true
    }
    reserve({ scheduleId, seatIds: seatIds(1) })
    const { status, body } = await repair(scheduleId)
    reservations.state.isAway = false
    expect([status, body.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    reservations.state.beforeOutcome = async () => {}
    expect((await repair(scheduleId)).body.left).toEqual([])
  })
})

describe('a repair beside sales', () => {
  it('does not sell a seat whose cancellation comes while it asks', async () => {
    const { scheduleId, seatIds } = await schedule()
    const sale = reserve({ scheduleId, seatIds: seatIds(0) })
    const { asked, answer } = holdAnswers()
    const repairing = repair(scheduleId)
    await asked
    reserve(sale, 'CANCELLED', 0)
    const delivered = service.deliver('reservation', reservationCancelled(sale))
    await waitUntil(async () => (await sessionsWaiting()) > 0)
    answer()
    await Promise.all([repairing, delivered])
    expect(await owners(scheduleId)).toEqual(ownersOf({}))
  })

  it('does not free a seat that its next buyer pays while it asks', async () => {
    const { scheduleId, seatIds } = await schedule()
    const cancelled = reserve({ scheduleId, seatIds: seatIds(0) }, 'CANCELLED')
    await mark(seatIds(0), cancelled.reservationId)
    const { asked, answer } = holdAnswers()
    const repairing = repair(scheduleId)
    await asked
    const next = reserve({ scheduleId, seatIds: seatIds(0) }, 'CONFIRMED', 0)
    const delivered = service.deliver('payment', paymentSuccess(next))
    await waitUntil(async () => (await sessionsWaiting()) > 0)
    answer()
    await Promise.all([repairing, delivered])
    expect(await owners(scheduleId)).toEqual(ownersOf({ 0: next.reservationId }))
  })

  it('ends with the books equal, whatever sales, cancellations and repairs come together', async () => {
    const { scheduleId, seatIds } = await schedule()
    const work: Promise<unknown>[] = []
    for (let ordinal = 0; ordinal < 10; ordinal += 1) {
      const seats = seatIds(ordinal)
      const earlier = reserve({ scheduleId, seatIds: seats }, 'CANCELLED')
      if (ordinal % 2 === 0) await mark(seats, earlier.reservationId)
      const later = reserve({ scheduleId, seatIds: seats }, ordinal % 3 === 0 ? 'CANCELLED' : 'CONFIRMED')
      work.push(service.deliver('payment', paymentSuccess(earlier)), service.deliver('payment', paymentSuccess(later)))
      work.push(service.deliver('reservation', reservationCancelled(earlier)))
      const news = ordinal % 3 === 0 ? reservationCancelled(later) : reservationConfirmed(later)
      work.push(service.deliver('reservation', news), repair(scheduleId))
    }
    await Promise.all(work)
    expect((await check(scheduleId)).body).toMatchObject({ differences: [], sold: 6, confirmed: 6 })
  })
})
