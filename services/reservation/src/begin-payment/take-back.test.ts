import { beganPaymentSchema } from '@ticket-queue/contracts/http/reservation'
import { createDatabase } from '@ticket-queue/database'
import { testDatabase } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { expireHolds } from '../expire-holds/expire-holds.ts'
import { writeHold } from '../hold-seats/write-hold.ts'
import { releaseLapsed } from '../release-ended.ts'
import type { Database } from '../store/database.ts'
import { findReservation } from '../store/reservations.ts'
import { type Buyer, type HoldAnswer, outcome } from '../test-buyers.ts'
import { eventCancelled, paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { writingTo } from '../test-statements.ts'
import { waitingListOf } from '../test-waiting-list.ts'
import { takeBack } from './take-back.ts'

const service = await testReservationService()
const { db, deps, neighbours, scene, admitOne, admitAgain, hold, held, release, begin, cancel, deliver } = service
const { reservation, published, traces, locks, makeOverdue } = service

const sweep = async () => {
  while ((await expireHolds(deps)) > 0);
}
/** Somebody whose hold is over by the clock, and who is charged only now. */
const late = async (facts: Parameters<typeof scene>[1] = {}) => {
  const { buyer, seatIds, ...rest } = await scene(2, facts)
  const made = await held(buyer, seatIds)
  await makeOverdue(made.reservationId)
  const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: made.totalAmount }
  return { buyer, seatIds, ...rest, made, ...made, payment }
}
const swept = async (facts: Parameters<typeof scene>[1] = {}) => {
  const one = await late(facts)
  await sweep()
  expect((await reservation(one.reservationId)).cancel_reason).toBe('HOLD_EXPIRED')
  return one
}
type Late = Awaited<ReturnType<typeof late>>
/** Money of all of the price is there; `paymentVersion` is that of the payment. */
const beginPaid = async ({ reservationId, payment }: Pick<Late, 'reservationId' | 'payment'>, paymentVersion = 5) =>
  beganPaymentSchema.parse((await begin(reservationId, { ...payment, captured: { paymentVersion } })).json())
const refused = { granted: false, reason: 'HOLD_EXPIRED' }
const ticketFor = async (buyer: Buyer, made: HoldAnswer, paymentId: string) => {
  await deliver(paymentSuccess(buyer, made, paymentId))
  return reservation(made.reservationId)
}

test('money that is there when the hold is over and nobody has swept yet keeps the seats', async () => {
  const one = await late()
  expect(await beginPaid(one)).toMatchObject({ granted: true, reservation: { status: 'PENDING', payable: true } })
  await sweep()
  expect(await reservation(one.reservationId)).toMatchObject({ status: 'PENDING', payment_id: one.payment.paymentId })
  expect((await ticketFor(one.buyer, one.made, one.payment.paymentId)).status).toBe('CONFIRMED')
})

test('money that comes when the hold has been swept has the same seats back, in the rows and in Redis, and becomes a ticket', async () => {
  const one = await swept()
  expect(await beginPaid(one)).toMatchObject({ granted: true, reservation: { seatIds: one.seatIds, payable: true } })
  expect(await beginPaid(one)).toMatchObject({ granted: true })
  const row = await reservation(one.reservationId)
  expect(row).toMatchObject({ status: 'PENDING', cancelled_at: null, cancel_reason: null, refund_amount: null })
  expect(await locks(one.scheduleId)).toEqual(Object.fromEntries(one.seatIds.map((id) => [id, one.reservationId])))
  expect(outcome(await hold(await admitOne(one.schedule), one.seatIds))).toBe('409 SEAT_TAKEN')
  await sweep()
  expect((await ticketFor(one.buyer, one.made, one.payment.paymentId)).status).toBe('CONFIRMED')
  const told = (await published(one.reservationId)).map(({ type }) => type)
  expect(told).toEqual(['ReservationCancelled', 'ReservationConfirmed'])
})

test('who merely asks, without money, gets nothing back', async () => {
  const [overdue, ended] = [await late(), await swept()]
  for (const one of [overdue, ended]) {
    expect((await begin(one.reservationId, one.payment)).json()).toEqual(refused)
    expect((await reservation(one.reservationId)).payment_id).toBeNull()
  }
})

test('seats that somebody else has by now stay his, and the refusal is for good, also when he has left', async () => {
  const one = await swept()
  const other = await admitOne(one.schedule)
  const theirs = await held(other, one.seatIds.slice(1))
  expect(await beginPaid(one)).toEqual(refused)
  expect(await reservation(theirs.reservationId)).toMatchObject({ status: 'PENDING' })
  expect((await traces(one.scheduleId)).seats.filter(({ active }) => active)).toHaveLength(1)
  await release(other, theirs.reservationId)
  expect(await beginPaid(one)).toEqual(refused)
})

test('late money and another buyer at once: one of them has the seats, and where one comes first, he', async () => {
  const winners: string[] = []
  for (let round = 0; round < 8; round += 1) {
    const one = await swept()
    const other = await admitOne(one.schedule)
    const holding = () => hold(other, one.seatIds.toReversed())
    // The first two rounds are no race.
    const first = round === 0 ? await beginPaid(one) : null
    const asked = round % 2 === 1 ? holding() : null
    if (round === 1) await asked
    const [began, answer] = await Promise.all([first ?? beginPaid(one), asked ?? holding()])
    expect([began.granted, outcome(answer)]).toEqual(began.granted ? [true, '409 SEAT_TAKEN'] : [false, '201'])
    const active = (await traces(one.scheduleId)).seats.filter((seat) => seat.active)
    const owner = began.granted ? one.reservationId : answer.json<HoldAnswer>().reservationId
    expect(active.map((seat) => seat.reservation_id)).toEqual([owner, owner])
    winners.push(began.granted ? 'late' : 'other')
  }
  expect(winners.slice(0, 2)).toEqual(['late', 'other'])
})

test('it is the index that refuses: without it two would have the seats (negative control)', async () => {
  const { database, ownerUrl } = await testDatabase<Database>('reservation')
  const owner = createDatabase<Database>({ url: ownerUrl, poolMax: 1 })
  await sql`DROP INDEX reservation_service.reservation_seats_one_active`.execute(owner.db)
  await owner.close()
  const { schedule, scheduleId } = await scene(2)
  const wanted = () => {
    const ids = { userId: uuidv7(), reservationId: uuidv7(), scheduleId, requestId: 'without-index' }
    const { facts, seats } = schedule
    return { ...ids, schedule: facts, seatIds: seats.map(({ id }) => id), seats }
  }
  const [first, second] = [wanted(), wanted()]
  await writeHold(writingTo(database.db, 0), first)
  await expireHolds({ ...deps, db: database.db })
  await writeHold(writingTo(database.db), second)
  const row = await findReservation(database.db, first.reservationId)
  if (!row) throw new Error('the hold was written')
  const captured = { paymentVersion: 1 }
  await takeBack({ ...deps, db: database.db }, row, { paymentId: uuidv7(), captured })
  const active = database.db.selectFrom('reservation_seats').select('reservation_id').where('active', '=', true)
  expect(new Set((await active.execute()).map((seat) => seat.reservation_id)).size).toBe(2)
})

test('a sweeper that is late with the locks of what was taken back meanwhile leaves them', async () => {
  const one = await swept()
  const { reservationId, scheduleId, seatIds } = one
  expect((await beginPaid(one)).granted).toBe(true)
  await releaseLapsed(deps, [{ reservationId, scheduleId, seatIds }])
  expect(await locks(scheduleId)).toEqual(Object.fromEntries(seatIds.map((id) => [id, reservationId])))
  await deliver(failedAt(one, 9))
  await releaseLapsed(deps, [{ reservationId, scheduleId, seatIds }])
  expect(await locks(scheduleId)).toEqual({})
})

test('late money and the sweeper at once: the money has the seats, whoever comes first', async () => {
  for (let round = 0; round < 6; round += 1) {
    const one = await late()
    const [began] = await Promise.all([beginPaid(one), sweep(), sweep()])
    expect(began.granted).toBe(true)
    await sweep()
    expect(await reservation(one.reservationId)).toMatchObject({ status: 'PENDING', payment_id: one.payment.paymentId })
    const { seats, locks: locked } = await traces(one.scheduleId)
    expect(seats.every(({ active }) => active)).toBe(true)
    expect(locked).toEqual(Object.fromEntries(one.seatIds.map((id) => [id, one.reservationId])))
  }
})

test('twenty looks at once are one answer', async () => {
  const one = await swept()
  const answers = await Promise.all(Array.from({ length: 20 }, () => beginPaid(one)))
  expect(new Set(answers.map(({ granted }) => granted))).toEqual(new Set([true]))
  expect((await reservation(one.reservationId)).version).toBe(3)
})

test('of two payments of one reservation whose money comes late one is granted', async () => {
  const one = await swept()
  const other = { ...one, payment: { ...one.payment, paymentId: uuidv7() } }
  const answers = await Promise.all([beginPaid(one), beginPaid(other)])
  expect(answers.filter(({ granted }) => granted)).toHaveLength(1)
})

const limited = { perPersonMax: 2, avoidOrphans: false, release: { policy: 'AT_ONCE' as const, at: null } }

test.each([['swept'], ['not swept yet']])(
  'the limit per person is kept: a hold that is over, %s, does not come on top of others',
  async (how) => {
    const facts = { eventId: uuidv7(), rules: limited }
    const one = how === 'swept' ? await swept(facts) : await late(facts)
    const elsewhere = neighbours.addSchedule(2, facts)
    await held(
      await admitAgain(one.buyer, elsewhere),
      elsewhere.seats.map((seat) => seat.id),
    )
    expect(await beginPaid(one)).toEqual(refused)
  },
)

test('a buyer who holds other seats of the schedule by now keeps those', async () => {
  const one = await swept()
  await held(one.buyer, one.seatIds.slice(0, 1))
  expect(await beginPaid(one)).toEqual(refused)
})

test('nothing comes back of a show that is called off or has begun, of a hold given back, or of an offer that has lapsed', async () => {
  const off = await swept()
  await deliver(eventCancelled(off.schedule.facts))
  expect((await beginPaid(off)).granted).toBe(false)
  const begun = await swept()
  await db
    .updateTable('reservations')
    .set({ event_start_at: sql<Date>`now()` })
    .where('id', '=', begun.reservationId)
    .execute()
  expect(await beginPaid(begun)).toEqual(refused)
  const { buyer, seatIds } = await scene(1)
  const given = await held(buyer, seatIds)
  await release(buyer, given.reservationId)
  const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: given.totalAmount }
  expect(await beginPaid({ reservationId: given.reservationId, payment })).toEqual({
    granted: false,
    reason: 'CANCELLED',
  })

  const list = waitingListOf(service)
  const { scheduleId, ticket } = await list.soldOut()
  const who = await list.waiting(scheduleId, { count: 1 })
  await list.giveBack(ticket())
  await list.passOn(scheduleId)
  const offer = await list.offerOf(who)
  await list.lapse(offer.reservationId)
  const lapsed = { paymentId: uuidv7(), userId: who.userId, amount: offer.totalAmount }
  expect(await beginPaid({ reservationId: offer.reservationId, payment: lapsed })).toEqual(refused)
})

test('seats that were a ticket meanwhile and were given back are not free for late money', async () => {
  const one = await swept()
  const other = await admitOne(one.schedule)
  const theirs = await held(other, one.seatIds)
  const paymentId = uuidv7()
  await begin(theirs.reservationId, { paymentId, userId: other.userId, amount: theirs.totalAmount })
  await ticketFor(other, theirs, paymentId)
  expect(outcome(await cancel(other, theirs.reservationId))).toBe('200')
  expect(await beginPaid(one)).toEqual(refused)
})

const failedAt = (one: Pick<Late, 'buyer' | 'made' | 'payment'>, paymentVersion: number) => {
  const event = paymentFailed(one.buyer, one.made, one.payment.paymentId)
  return { ...event, payload: { ...event.payload, paymentVersion } }
}

test('nor does it end what the payment had pinned in time: its card was declined, then it was paid', async () => {
  const { buyer, seatIds } = await scene(1)
  const made = await held(buyer, seatIds)
  const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: made.totalAmount }
  const one = { buyer, made, payment, reservationId: made.reservationId }
  await begin(made.reservationId, payment)
  expect((await beginPaid(one, 5)).granted).toBe(true)
  await deliver(failedAt(one, 4))
  expect((await reservation(made.reservationId)).status).toBe('PENDING')
  await deliver(failedAt(one, 6))
  expect((await reservation(made.reservationId)).status).toBe('CANCELLED')
})

test.each([['swept'], ['not swept yet']])(
  'news that the payment had failed before its money came does not end what was %s and taken back; a failure after that does',
  async (how) => {
    const one = how === 'swept' ? await swept() : await late()
    await beginPaid(one, 5)
    await deliver(failedAt(one, 4))
    await deliver(paymentFailed(one.buyer, one.made, one.payment.paymentId))
    expect((await reservation(one.reservationId)).status).toBe('PENDING')
    await deliver(failedAt(one, 7))
    expect(await reservation(one.reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'PAYMENT_FAILED' })
    expect((await traces(one.scheduleId)).seats.some(({ active }) => active)).toBe(false)
  },
)
