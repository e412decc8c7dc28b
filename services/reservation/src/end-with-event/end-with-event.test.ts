import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import type { TestSchedule } from '../test-neighbours.ts'
import { eventCancelled, paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { endWithEventJob } from './end-with-event.job.ts'
import { endWithEvent, finishCancellations, openCancellations } from './end-with-event.ts'

const service = await testReservationService()
const { db, deps, scene, admit, admitOne, hold, held, paying, begin, read, deliver } = service
const { reservation, published, locks } = service

const open = async (scheduleId: string) => {
  const found = (await openCancellations(db)).find((one) => one.schedule_id === scheduleId)
  if (!found) throw new Error('the cancellation is not open')
  return found
}
const endAll = async (scheduleId: string) => {
  const schedule = await open(scheduleId)
  let ended = 0
  for (let batch = await endWithEvent(deps, schedule); batch > 0; batch = await endWithEvent(deps, schedule))
    ended += batch
  return ended
}
/** Makes the cancellation look as if it had been recorded a while ago. */
const grow = (scheduleId: string) =>
  db
    .updateTable('cancelled_schedules')
    .set({ recorded_at: sql<Date>`now() - interval '2 minutes'` })
    .where('schedule_id', '=', scheduleId)
    .execute()
const isFinished = async (scheduleId: string) => {
  await finishCancellations(db)
  const row = await db
    .selectFrom('cancelled_schedules')
    .select('finished_at')
    .where('schedule_id', '=', scheduleId)
    .executeTakeFirstOrThrow()
  return row.finished_at !== null
}

/** A schedule with so many tickets and holds, written as they stand in the rows. */
const crowded = async (schedule: TestSchedule, tickets: number, holds: number) => {
  const { scheduleId, eventId } = schedule.facts
  await sql`
    WITH made AS (
      INSERT INTO reservations (user_id, event_id, event_schedule_id, status, total_amount, event_title, artist, venue_name,
        hall_name, event_start_at, hold_expires_at, payment_id, payment_started_at, confirmed_at, ticket_number)
      SELECT uuidv7(), ${eventId}::uuid, ${scheduleId}::uuid, CASE WHEN n <= ${tickets} THEN 'CONFIRMED' ELSE 'PENDING' END,
        198000, 't', 'a', 'v', 'h', now() + interval '5 days', now() + interval '4 minutes',
        CASE WHEN n <= ${tickets} THEN uuidv7() END, CASE WHEN n <= ${tickets} THEN now() END,
        CASE WHEN n <= ${tickets} THEN now() END, CASE WHEN n <= ${tickets} THEN uuidv7()::text END
      FROM generate_series(1, ${tickets + holds}) AS n RETURNING id
    )
    INSERT INTO reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
    SELECT id, ${scheduleId}::uuid, uuidv7(), 'A', 'VIP', 198000 FROM made`.execute(db)
}
const liveIn = async (scheduleId: string) => {
  const { live } = await db
    .selectFrom('reservations')
    .select((count) => count.fn.countAll<number>().as('live'))
    .where('event_schedule_id', '=', scheduleId)
    .where('status', '<>', 'CANCELLED')
    .executeTakeFirstOrThrow()
  return Number(live)
}
const toldOf = async (scheduleId: string) => {
  const { rows } = await sql<{ aggregate_id: string; reason: string; refund: number; fee: number; caused: string }>`
    SELECT aggregate_id, payload #>> '{payload,reason}' AS reason, (payload #>> '{payload,refundAmount}')::int AS refund,
      (payload #>> '{payload,feeAmount}')::int AS fee, payload #>> '{metadata,causationId}' AS caused
    FROM outbox_events
    WHERE event_type = 'ReservationCancelled' AND payload #>> '{payload,scheduleId}' = ${scheduleId}`.execute(db)
  return rows
}

test('tickets end with their whole price as refund, holds without money; each is told once, with its cause', async () => {
  const { schedule, scheduleId, eventId, buyer, seatIds } = await scene(4)
  const mine = await paying(buyer, seatIds.slice(0, 2))
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  const holder = await admitOne(schedule)
  const unpaid = await held(holder, seatIds.slice(2, 3))
  const event = eventCancelled({ scheduleId, eventId })
  expect(await deliver(event)).toBe('applied')
  expect(await deliver(event)).toBe('repeated')
  await deliver(eventCancelled({ scheduleId, eventId }))
  expect(await endAll(scheduleId)).toBe(2)
  expect(await endAll(scheduleId)).toBe(0)

  const ended = { status: 'CANCELLED', cancel_reason: 'EVENT_CANCELLED', fee_amount: 0 }
  expect(await reservation(mine.reservationId)).toMatchObject({ ...ended, refund_amount: mine.totalAmount })
  expect(await reservation(unpaid.reservationId)).toMatchObject({ ...ended, refund_amount: 0 })
  expect(await toldOf(scheduleId)).toHaveLength(2)
  expect((await published(mine.reservationId)).at(-1)).toMatchObject({
    wasConfirmed: true,
    refundAmount: mine.totalAmount,
  })
  expect((await toldOf(scheduleId)).every((one) => one.caused === event.eventId)).toBe(true)
  expect(await locks(scheduleId)).toEqual({})
  expect((await read(buyer, `/reservations/${mine.reservationId}`)).json()).toMatchObject({
    status: 'CANCELLED',
    cancelReason: 'EVENT_CANCELLED',
    cancellation: null,
  })
})

test('from the moment it is known nothing is held or paid any more, before the event service’s answers say so', async () => {
  const { schedule, scheduleId, eventId, buyer, seatIds } = await scene(4)
  const mine = await held(buyer, seatIds.slice(0, 1))
  await deliver(eventCancelled({ scheduleId, eventId }))
  const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: mine.totalAmount }
  expect((await begin(mine.reservationId, payment)).json()).toEqual({ granted: false, reason: 'CANCELLED' })
  expect(outcome(await hold(await admitOne(schedule), seatIds.slice(1)))).toBe('409 SALE_NOT_OPEN')
  expect(await liveIn(scheduleId)).toBe(1)
})

test('another schedule of the event goes on', async () => {
  const { scheduleId, eventId } = await scene(1)
  const other = await scene(1)
  await held(other.buyer, other.seatIds)
  await deliver(eventCancelled({ scheduleId, eventId }))
  await endAll(scheduleId)
  expect(await liveIn(other.scheduleId)).toBe(1)
})

test('a payment under way: its success is refunded in full when it comes, its failure changes nothing', async () => {
  const { schedule, scheduleId, eventId, buyer, seatIds } = await scene(4)
  const other = await admitOne(schedule)
  const succeeding = await paying(buyer, seatIds.slice(0, 2))
  const failing = await paying(other, seatIds.slice(2))
  await deliver(eventCancelled({ scheduleId, eventId }))
  expect(await endAll(scheduleId)).toBe(2)
  const payment = { paymentId: succeeding.paymentId, userId: buyer.userId, amount: succeeding.totalAmount }
  expect((await begin(succeeding.reservationId, payment)).json()).toEqual({ granted: false, reason: 'CANCELLED' })
  await deliver(paymentSuccess(buyer, succeeding, succeeding.paymentId))
  await deliver(paymentFailed(other, failing, failing.paymentId))
  expect(await published(succeeding.reservationId)).toMatchObject([
    { type: 'ReservationCancelled', reason: 'EVENT_CANCELLED', refundAmount: 0 },
    { type: 'ReservationCancelled', reason: 'EVENT_CANCELLED', refundAmount: succeeding.totalAmount, feeAmount: 0 },
  ])
  expect(await published(failing.reservationId)).toHaveLength(1)
})

test('the success and the end at once: the money goes back exactly once', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { scheduleId, eventId, buyer, seatIds } = await scene()
    const mine = await paying(buyer, seatIds)
    await deliver(eventCancelled({ scheduleId, eventId }))
    const schedule = await open(scheduleId)
    await Promise.all([deliver(paymentSuccess(buyer, mine, mine.paymentId)), endWithEvent(deps, schedule)])
    await endAll(scheduleId)
    const refunds = (await published(mine.reservationId)).map((event) => Number(event['refundAmount'] ?? 0))
    expect(refunds.filter((amount) => amount > 0)).toEqual([mine.totalAmount])
  }
})

test('hundreds end in batches; killed twice on the way, the work goes on where it was and tells of each once', async () => {
  const { schedule, scheduleId, eventId } = await scene(1)
  await crowded(schedule, 420, 80)
  await deliver(eventCancelled({ scheduleId, eventId }))
  const cancellation = await open(scheduleId)
  // A process that dies within a batch: its transaction never commits.
  const dying = {
    ...deps,
    db: db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (result.rows[0] && 'seat_id' in result.rows[0]) throw new Error('killed')
        return result
      },
    }),
  }
  expect(await endWithEvent(deps, cancellation)).toBe(100)
  await expect(endWithEvent(dying, cancellation)).rejects.toThrow('killed')
  expect(await liveIn(scheduleId)).toBe(400)
  expect(await endWithEvent(deps, cancellation)).toBe(100)
  await expect(endWithEvent(dying, cancellation)).rejects.toThrow('killed')
  expect(await liveIn(scheduleId)).toBe(300)
  expect(await endAll(scheduleId)).toBe(300)
  expect(await liveIn(scheduleId)).toBe(0)
  const told = await toldOf(scheduleId)
  expect(new Set(told.map((one) => one.aggregate_id)).size).toBe(500)
  expect(told).toHaveLength(500)
  expect(told.filter((one) => one.refund === 198_000)).toHaveLength(420)
})

test('several at once share the work: nothing is ended twice', async () => {
  const { schedule, scheduleId, eventId } = await scene(1)
  await crowded(schedule, 350, 50)
  await deliver(eventCancelled({ scheduleId, eventId }))
  const ended = await Promise.all(Array.from({ length: 4 }, () => endAll(scheduleId)))
  expect(ended.reduce((sum, one) => sum + one, 0)).toBe(400)
  expect(await toldOf(scheduleId)).toHaveLength(400)
})

test('it is finished when nothing lives any more, and not before a hold that was being written can have come to light', async () => {
  const { scheduleId, eventId, buyer, seatIds } = await scene(1)
  await held(buyer, seatIds)
  await deliver(eventCancelled({ scheduleId, eventId }))
  await grow(scheduleId)
  expect(await isFinished(scheduleId)).toBe(false)
  await endAll(scheduleId)
  expect(await isFinished(scheduleId)).toBe(true)

  const fresh = await scene(1)
  await deliver(eventCancelled(fresh))
  expect(await isFinished(fresh.scheduleId)).toBe(false)
  await grow(fresh.scheduleId)
  expect(await isFinished(fresh.scheduleId)).toBe(true)
})

test('holds that race the news are ended, too: none stays behind', async () => {
  const { schedule, scheduleId, eventId, seatIds } = await scene(12)
  const buyers = await admit(schedule, 12)
  const [responses] = await Promise.all([
    Promise.all(buyers.map((buyer, index) => hold(buyer, [seatIds[index] ?? '']))),
    deliver(eventCancelled({ scheduleId, eventId })),
  ])
  for (const response of responses) expect(['201', '409 SALE_NOT_OPEN']).toContain(outcome(response))
  await endAll(scheduleId)
  expect(await liveIn(scheduleId)).toBe(0)
})

test('the job does it by itself and closes what is done', async () => {
  const { schedule, scheduleId, eventId } = await scene(1)
  await crowded(schedule, 230, 0)
  await deliver(eventCancelled({ scheduleId, eventId }))
  await grow(scheduleId)
  const job = endWithEventJob(deps)
  await waitUntil(async () => expect(await liveIn(scheduleId)).toBe(0), { timeoutMs: 20_000 })
  await waitUntil(async () => expect(await isFinished(scheduleId)).toBe(true), { timeoutMs: 20_000 })
  await job.close()
})
