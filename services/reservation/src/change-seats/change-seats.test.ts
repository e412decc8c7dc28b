import { readQueueToken } from '@ticket-queue/lua/queue'
import { gatherHolds } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { changeSeats } from './change-seats.ts'

const service = await testReservationService()
const { db, redis, scene, admitOne, hold, held, paying, begin, release, change, read, deliver } = service
const { neighbours, reservation, traces, locks, makeOverdue } = service

test('the new seats are held at their price, the dropped ones are free for the next buyer, the end of the hold stays', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(6)
  const [a = '', b = '', c = '', d = ''] = seatIds
  const mine = await held(buyer, [a, b])
  const response = await change(buyer, mine.reservationId, [b, c, d])
  expect(outcome(response)).toBe('200')
  const priceOf = (id: string) => schedule.seats.find((seat) => seat.id === id)?.price ?? 0
  expect(response.json()).toEqual({
    reservationId: mine.reservationId,
    status: 'PENDING',
    seats: [b, c, d].map((seatId) => expect.objectContaining({ seatId, price: priceOf(seatId) })),
    totalAmount: priceOf(b) + priceOf(c) + priceOf(d),
    holdExpiresAt: mine.holdExpiresAt,
  })
  expect(await locks(scheduleId)).toEqual(Object.fromEntries([b, c, d].sort().map((id) => [id, mine.reservationId])))
  const shown = await read(buyer, `/reservations/${mine.reservationId}`)
  expect(shown.json<typeof mine>().seats.map((seat) => seat.seatId)).toEqual([b, c, d])
  expect(outcome(await hold(await admitOne(schedule), [b]))).toBe('409 SEAT_TAKEN')
  expect(outcome(await hold(await admitOne(schedule), [c]))).toBe('409 SEAT_TAKEN')
  const next = await held(await admitOne(schedule), [a])
  expect((await traces(scheduleId)).seats.filter((seat) => seat.active && seat.seat_id === a)).toMatchObject([
    { reservation_id: next.reservationId },
  ])
})

test('fewer seats, all other seats, and back to the first ones', async () => {
  const { scheduleId, buyer, seatIds } = await scene(6)
  const { reservationId, totalAmount } = await held(buyer, seatIds.slice(0, 4))
  for (const wanted of [seatIds.slice(0, 1), seatIds.slice(4), seatIds.slice(0, 4)]) {
    expect(outcome(await change(buyer, reservationId, wanted))).toBe('200')
    expect(Object.keys(await locks(scheduleId))).toEqual(wanted.toSorted())
    const { seats } = await traces(scheduleId)
    expect(
      seats
        .filter((seat) => seat.active)
        .map((seat) => seat.seat_id)
        .toSorted(),
    ).toEqual(wanted.toSorted())
  }
  expect(await reservation(reservationId)).toMatchObject({ total_amount: totalAmount, version: 4 })
})

test('repeated, also at once, it is one change with one answer', async () => {
  const { buyer, seatIds } = await scene(4)
  const { reservationId } = await held(buyer, seatIds.slice(0, 2))
  const wanted = seatIds.slice(1, 3)
  const responses = await Promise.all(Array.from({ length: 5 }, () => change(buyer, reservationId, wanted)))
  expect(responses.map(outcome)).toEqual(Array.from({ length: 5 }, () => '200'))
  expect(new Set(responses.map((response) => response.body)).size).toBe(1)
  expect(outcome(await change(buyer, reservationId, wanted.toReversed()))).toBe('200')
  expect((await reservation(reservationId)).version).toBe(2)
})

test('a hold of the new seats is the changed hold, and its payment token is good for the new sum alone', async () => {
  const { buyer, seatIds } = await scene(4)
  const mine = await held(buyer, seatIds.slice(0, 1))
  await change(buyer, mine.reservationId, seatIds.slice(1, 3))
  expect(await readQueueToken(redis, mine.paymentToken)).toMatchObject({ reservationId: mine.reservationId })
  const again = await held(buyer, seatIds.slice(1, 3))
  expect(again.reservationId).toBe(mine.reservationId)

  const payment = { paymentId: uuidv7(), userId: buyer.userId }
  const old = await begin(mine.reservationId, { ...payment, amount: mine.totalAmount })
  expect(old.json()).toEqual({ granted: false, reason: 'AMOUNT_MISMATCH' })
  const began = await begin(mine.reservationId, { ...payment, amount: again.totalAmount })
  expect(began.json()).toMatchObject({
    granted: true,
    reservation: { totalAmount: again.totalAmount, seatIds: seatIds.slice(1, 3) },
  })
  await deliver(paymentSuccess(buyer, again, payment.paymentId))
  const [confirmed] = await service.published(mine.reservationId)
  expect(confirmed).toMatchObject({ type: 'ReservationConfirmed', seatIds: seatIds.slice(1, 3) })
})

test('a failed payment of the former sum does not end the changed hold', async () => {
  const { buyer, seatIds } = await scene(4)
  const mine = await held(buyer, seatIds.slice(0, 1))
  await change(buyer, mine.reservationId, seatIds.slice(1, 3))
  await deliver(paymentFailed(buyer, mine, uuidv7()))
  expect((await reservation(mine.reservationId)).status).toBe('PENDING')
})

test('a new seat that is taken leaves everything as it was, and says which', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4)
  const mine = await held(buyer, seatIds.slice(0, 1))
  await held(await admitOne(schedule), seatIds.slice(1, 2))
  const before = await traces(scheduleId)
  const response = await change(buyer, mine.reservationId, seatIds.slice(1, 4))
  expect(outcome(response)).toBe('409 SEAT_TAKEN')
  expect(response.json()).toMatchObject({ seatIds: seatIds.slice(1, 2) })
  expect(await traces(scheduleId)).toEqual(before)
})

test('one that is refused leaves alone what another exchange of the same hold gets meanwhile', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(3)
  const [a = '', b = '', c = ''] = seatIds
  const { reservationId } = await held(buyer, [a])
  const other = await held(await admitOne(schedule), [c])
  let [scripts, isOver, winning] = [0, false, Promise.resolve('')]
  const blocked = sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND pg_blocking_pids(pid) <> '{}'`
  const { client } = redis
  const evalsha = async (...args: Parameters<typeof client.evalsha>) => {
    scripts += 1
    if (scripts === 2) {
      winning = change(buyer, reservationId, [b]).then(outcome)
      winning.finally(() => {
        isOver = true
      })
      await waitUntil(async () => isOver || (await blocked.execute(db)).rows.length > 0)
    }
    return client.evalsha(...args)
  }
  const lateRedis = { ...redis, client: Object.create(client, { evalsha: { value: evalsha } }) }
  const late = { ...service.deps, redis: lateRedis, holdSeats: gatherHolds(lateRedis) }
  const input = { userId: buyer.userId, queueToken: buyer.token, reservationId, requestId: 'late' }
  expect(await changeSeats(late, { ...input, newSeatIds: [b, c] })).toEqual({ refused: 'SEAT_TAKEN', seatIds: [c] })
  expect(await winning).toBe('200')
  expect(await locks(scheduleId)).toEqual({ [b]: reservationId, [c]: other.reservationId })
})

test('an overdue hold in the way is ended on the spot', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const mine = await held(buyer, seatIds.slice(0, 1))
  const late = await held(await admitOne(schedule), seatIds.slice(1))
  await makeOverdue(late.reservationId)
  expect(outcome(await change(buyer, mine.reservationId, seatIds))).toBe('200')
  expect(await reservation(late.reservationId)).toMatchObject({ cancel_reason: 'HOLD_EXPIRED' })
  expect(new Set(Object.values(await locks(scheduleId)))).toEqual(new Set([mine.reservationId]))
})

test('seats that cannot be: unknown, of another schedule, none, twice, five, junk', async () => {
  const { scheduleId, buyer, seatIds } = await scene(6)
  const other = neighbours.addSchedule(1)
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  const before = await traces(scheduleId)
  const outcomes: [string[], string][] = [
    [[uuidv7()], '400 SEAT_UNKNOWN'],
    [[seatIds[1] ?? '', other.seats[0]?.id ?? ''], '400 SEAT_UNKNOWN'],
    [[], '400 VALIDATION_FAILED'],
    [[seatIds[1] ?? '', seatIds[1] ?? ''], '400 VALIDATION_FAILED'],
    [seatIds.slice(1, 6), '409 SEAT_LIMIT_EXCEEDED'],
    [['x'.repeat(36)], '400 VALIDATION_FAILED'],
    [Array.from({ length: 10_000 }, () => uuidv7()), '400 VALIDATION_FAILED'],
  ]
  for (const [wanted, expected] of outcomes) expect(outcome(await change(buyer, reservationId, wanted))).toBe(expected)
  expect(await traces(scheduleId)).toEqual(before)
})

test('only the owner whose turn it is may: no token, one of another person or schedule, another one’s hold', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4)
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  const elsewhere = await scene(1)
  const thief = await admitOne(schedule)
  const before = await traces(scheduleId)
  const wanted = seatIds.slice(1, 2)
  const { 'x-queue-token': _, ...withoutToken } = buyer.headers
  const withToken = (token: string) => ({ headers: { ...withoutToken, 'x-queue-token': token } })
  expect(outcome(await change({ headers: withoutToken }, reservationId, wanted))).toBe('401 QUEUE_TOKEN_MISSING')
  expect(outcome(await change(withToken('qr_x'), reservationId, wanted))).toBe('401 QUEUE_TOKEN_INVALID')
  for (const foreign of [thief.token, elsewhere.buyer.token])
    expect(outcome(await change(withToken(foreign), reservationId, wanted))).toBe('403 QUEUE_TOKEN_MISMATCH')
  const bodies = [await change(thief, reservationId, wanted), await change(thief, uuidv7(), wanted)].map((response) => {
    expect(outcome(response)).toBe('404 RESERVATION_NOT_FOUND')
    const { instance: _i, traceId: _t, timestamp: _s, ...body } = response.json()
    return body
  })
  expect(bodies[0]).toEqual(bodies[1])
  expect(await traces(scheduleId)).toEqual(before)
})

test('not once a payment has begun, not after the hold, not after it was given back', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(6)
  const wanted = seatIds.slice(5)
  const payer = await paying(buyer, seatIds.slice(0, 1))
  const [second, third] = [await admitOne(schedule), await admitOne(schedule)]
  const late = await held(second, seatIds.slice(1, 2))
  await makeOverdue(late.reservationId)
  const left = await held(third, seatIds.slice(2, 3))
  await release(third, left.reservationId)
  const before = await traces(scheduleId)
  expect(outcome(await change(buyer, payer.reservationId, wanted))).toBe('409 PAYMENT_IN_PROGRESS')
  expect(outcome(await change(buyer, payer.reservationId, seatIds.slice(0, 1)))).toBe('200')
  expect(outcome(await change(second, late.reservationId, wanted))).toBe('409 NOT_PENDING')
  expect(outcome(await change(third, left.reservationId, wanted))).toBe('409 NOT_PENDING')
  expect(await traces(scheduleId)).toEqual(before)
})

test.each([
  ['the sale has ended', { saleEndAt: new Date(Date.now() - 1_000).toISOString() }],
  ['the event has been cancelled', { eventStatus: 'CANCELLED' as const }],
  ['the schedule has been cancelled', { status: 'CANCELLED' as const }],
])('not when %s', async (_when, facts) => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  const closed = neighbours.addSchedule(0, { ...schedule.facts, ...facts })
  const before = await traces(scheduleId)
  const deps = {
    ...service.deps,
    catalogue: { ...service.deps.catalogue, schedule: async () => closed.facts },
  }
  const input = { userId: buyer.userId, queueToken: buyer.token, reservationId, requestId: 'closed' }
  expect(await changeSeats(deps, { ...input, newSeatIds: seatIds })).toEqual({ refused: 'SALE_NOT_OPEN' })
  expect(await traces(scheduleId)).toEqual(before)
})

test('not when the show has been called off, which the rows know before the catalogue', async () => {
  const { scheduleId, eventId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  await db
    .insertInto('cancelled_schedules')
    .values({
      schedule_id: scheduleId,
      event_id: eventId,
      cancelled_at: new Date(),
      correlation_id: '',
      causation_id: uuidv7(),
    })
    .execute()
  const before = await traces(scheduleId)
  expect(outcome(await change(buyer, reservationId, seatIds))).toBe('409 SALE_NOT_OPEN')
  expect(await traces(scheduleId)).toEqual(before)
})
