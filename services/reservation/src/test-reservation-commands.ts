import { PermanentError } from '@ticket-queue/messaging'
import fc from 'fast-check'
import { sql } from 'kysely'
import { expect } from 'vitest'
import { endWithEvent, openCancellations } from './end-with-event/end-with-event.ts'
import { expireHolds } from './expire-holds/expire-holds.ts'
import { rebuildHolds } from './rebuild-holds/rebuild-holds.ts'
import { type Buyer, type HoldAnswer, outcome } from './test-buyers.ts'
import type { TestSchedule } from './test-neighbours.ts'
import * as rules from './test-reservation-model.ts'
import {
  eventCancelled,
  paymentFailed,
  paymentSuccess,
  type testReservationService,
} from './test-reservation-service.ts'

export type Service = Awaited<ReturnType<typeof testReservationService>>

/** A schedule with its buyers in a running service, and every event that has been delivered. */
export interface ReservationWorld {
  readonly service: Service
  readonly schedule: TestSchedule
  readonly buyers: readonly Buyer[]
  readonly delivered: Parameters<Service['deliver']>[0][]
}

type Model = rules.ReservationModel
type Command = fc.AsyncCommand<Model, ReservationWorld>
type Run = (model: Model, world: ReservationWorld) => Promise<void>

/** Each command ends with a look at all three: rows, outbox and Redis are as the model says. */
const command = (name: string, run: Run, check: (model: Readonly<Model>) => boolean = () => true): Command => ({
  check,
  run: async (model, world) => {
    await run(model, world)
    await expectAgreement(model, world)
  },
  toString: () => name,
})

/** A command about a reservation that has been made, whatever has become of it. */
const about = (
  name: string,
  nth: number,
  run: (one: rules.ModelReservation, ...rest: Parameters<Run>) => Promise<void>,
) =>
  command(
    `${name.replace('(', `(#${nth}, `).replace(', )', ')')}`,
    async (model, world) => {
      const one = model.reservations[nth % model.reservations.length]
      if (one) await run(one, model, world)
    },
    (model) => model.reservations.length > 0,
  )

const buyerOf = ({ buyers }: ReservationWorld, one: rules.ModelReservation): Buyer => {
  const buyer = buyers[one.buyer]
  if (!buyer) throw new Error('the model knows a buyer that the world has not')
  return buyer
}
const idsOf = ({ schedule }: ReservationWorld, seats: readonly number[]) =>
  seats.map((seat) => schedule.seats[seat]?.id ?? '')
/** Payments are told apart within their reservation. */
const paymentIdOf = (one: rules.ModelReservation, payment: number) => `${one.id.slice(0, -1)}${payment}`

/** What payment would say of the reservation as it is; of one that has ended, as if it had these seats. */
const factsOf = (one: rules.ModelReservation, world: ReservationWorld, seats: readonly number[]): HoldAnswer => ({
  reservationId: one.id,
  status: one.status,
  seats: idsOf(world, seats).map((seatId) => ({ seatId, seatNumber: '', grade: '', price: 0 })),
  totalAmount: one.totalAmount,
  holdExpiresAt: '',
  paymentToken: '',
  paymentTokenExpiresAt: '',
})

const holdSeats = (buyer: number, seats: readonly number[]) =>
  command(`hold(buyer ${buyer}, seats ${seats})`, async (model, world) => {
    const expected = rules.hold(model, buyer, seats)
    const response = await world.service.hold(world.buyers[buyer] as Buyer, idsOf(world, seats))
    if (typeof expected === 'string' && expected !== 'made') {
      expect(outcome(response)).toBe(`409 ${expected}`)
      return
    }
    expect(outcome(response)).toBe('201')
    const { reservationId: id } = response.json<HoldAnswer>()
    if (expected === 'made') rules.addHeld(model, { id, buyer, seats })
    else expect(id).toBe(expected.again.id)
  })

const changeSeats = (nth: number, seats: readonly number[]) =>
  about(`change(seats ${seats})`, nth, async (one, model, world) => {
    const expected = rules.change(model, one, seats)
    const response = await world.service.change(buyerOf(world, one), one.id, idsOf(world, seats))
    expect(outcome(response)).toBe(expected === 'changed' ? '200' : `409 ${expected}`)
  })

const releaseHold = (nth: number) =>
  about('release()', nth, async (one, model, world) => {
    const expected = rules.release(model, one)
    const response = await world.service.release(buyerOf(world, one), one.id)
    expect(outcome(response)).toBe(expected === 'released' ? '204' : `409 ${expected}`)
  })

const cancelReservation = (nth: number) =>
  about('cancel()', nth, async (one, model, world) => {
    const expected = rules.cancel(model, one)
    const response = await world.service.cancel(buyerOf(world, one), one.id)
    if (typeof expected === 'string') expect(outcome(response)).toBe(`409 ${expected}`)
    else expect(response.json()).toMatchObject({ refundAmount: expected, fee: 0 })
  })

const lapse = (nth: number) =>
  about('lapse()', nth, async (one, _model, world) => {
    one.isOverdue = true
    await world.service.makeOverdue(one.id)
  })

const sweep = () =>
  command('sweep()', async (model, { service }) => {
    rules.sweep(model)
    while ((await expireHolds(service.deps)) > 0);
  })

const moneyAtVersion = 5

const beginPayment = (nth: number, payment: number, isPaid: boolean) =>
  about(`begin(payment ${payment}${isPaid ? ', paid' : ''})`, nth, async (one, model, world) => {
    const paymentId = paymentIdOf(one, payment)
    const expected = rules.begin(model, one, paymentId, isPaid)
    const asked = { paymentId, userId: buyerOf(world, one).userId, amount: one.totalAmount }
    const captured = isPaid ? { captured: { paymentVersion: moneyAtVersion } } : {}
    const response = await world.service.begin(one.id, { ...asked, ...captured })
    expect(response.json()).toMatchObject(
      expected === 'granted' ? { granted: true } : { granted: false, reason: expected },
    )
  })

const paymentSucceeds = (nth: number, payment: number) =>
  about(`success(payment ${payment})`, nth, async (one, _model, world) => {
    const paymentId = paymentIdOf(one, payment)
    const seats = one.seats.length > 0 ? one.seats : [0]
    const event = paymentSuccess(buyerOf(world, one), factsOf(one, world, seats), paymentId)
    const delivery = world.service.deliver(event)
    if (rules.succeed(one, paymentId, seats) === 'refused') await expect(delivery).rejects.toThrow(PermanentError)
    else {
      expect(await delivery).toBe('applied')
      world.delivered.push(event)
    }
  })

const paymentFails = (nth: number, payment: number, isNewer: boolean) =>
  about(`failure(payment ${payment}${isNewer ? ', after its money' : ''})`, nth, async (one, model, world) => {
    const paymentId = paymentIdOf(one, payment)
    const told = paymentFailed(buyerOf(world, one), factsOf(one, world, one.seats), paymentId)
    const version = isNewer ? moneyAtVersion + 1 : moneyAtVersion
    const event = { ...told, payload: { ...told.payload, paymentVersion: version } }
    rules.fail(model, one, paymentId, isNewer)
    expect(await world.service.deliver(event)).toBe('applied')
    world.delivered.push(event)
  })

/** Kafka brings an event again: nothing happens. */
const eventAgain = (nth: number) =>
  command(`again(event ${nth})`, async (_model, { service, delivered }) => {
    const event = delivered[nth % Math.max(1, delivered.length)]
    if (event) expect(await service.deliver(event)).toBe('repeated')
  })

const callOff = () =>
  command('call off()', async (model, { service, schedule, delivered }) => {
    model.isCalledOff = true
    const event = eventCancelled(schedule.facts)
    expect(await service.deliver(event)).toBe('applied')
    delivered.push(event)
  })

const endShow = () =>
  command('end show()', async (model, { service, schedule }) => {
    rules.endShow(model)
    const open = await openCancellations(service.db)
    const cancelled = open.find((one) => one.schedule_id === schedule.facts.scheduleId)
    while (cancelled && (await endWithEvent(service.deps, cancelled)) > 0);
  })

const loseRedis = () =>
  command('lose Redis()', async (model, { service, schedule }) => {
    rules.loseLocks(model)
    await service.loseHolds(schedule)
  })

const rebuild = () =>
  command('rebuild()', async (model, { service }) => {
    rules.rebuild(model)
    await rebuildHolds(service.deps, { endedWithinSeconds: 1 })
  })

async function expectAgreement(model: Model, world: ReservationWorld): Promise<void> {
  const { schedule, service } = world
  const numberOf = new Map(schedule.seats.map((seat, number) => [seat.id, number]))
  const numbersOf = (seatIds: readonly string[]) => inOrder(seatIds.map((id) => numberOf.get(id) ?? -1))
  const [{ rows, active, events }, locks] = await Promise.all([
    readRows(model, world),
    service.locks(schedule.facts.scheduleId),
  ])
  expect(rows).toHaveLength(model.reservations.length)
  for (const one of model.reservations) {
    const row = rows.find(({ id }) => id === one.id)
    const seatIds = active.filter((seat) => seat.reservation_id === one.id).map((seat) => seat.seat_id)
    expect({ ...row, hasTicket: row?.ticket_number !== null, seats: numbersOf(seatIds) }).toMatchObject({
      status: one.status,
      total_amount: one.totalAmount,
      payment_id: one.paymentId,
      cancel_reason: one.reason,
      refund_amount: one.refundAmount,
      hasTicket: one.wasConfirmed,
      seats: inOrder(one.seats),
    })
    const told = events.filter((event) => event.aggregate_id === one.id)
    expect(
      told.map(({ type, told: { seatIds: had, ...rest } }) => ({ ...rest, type, seats: numbersOf(had) })),
    ).toMatchObject(one.told.map((event) => ({ ...event, seats: inOrder(event.seats) })))
  }
  const held = Object.entries(locks).filter(([, owner]) => owner !== null)
  expect(new Map(held.map(([seatId, owner]) => [numberOf.get(seatId), owner]))).toEqual(model.locks)
}

const inOrder = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)

async function readRows({ reservations }: Model, { service: { db }, schedule }: ReservationWorld) {
  const { scheduleId } = schedule.facts
  const columns = [
    'id',
    'status',
    'total_amount',
    'payment_id',
    'cancel_reason',
    'refund_amount',
    'ticket_number',
  ] as const
  const [rows, active, events] = await Promise.all([
    db.selectFrom('reservations').select(columns).where('event_schedule_id', '=', scheduleId).execute(),
    db
      .selectFrom('reservation_seats')
      .select(['reservation_id', 'seat_id'])
      .where('schedule_id', '=', scheduleId)
      .where('active', '=', true)
      .execute(),
    db
      .selectFrom('outbox_events')
      .select(['aggregate_id', 'event_type as type', sql<{ seatIds: string[] }>`payload -> 'payload'`.as('told')])
      .where('aggregate_id', 'in', [schedule.facts.scheduleId, ...reservations.map(({ id }) => id)])
      .orderBy('seq')
      .execute(),
  ])
  return { rows, active, events }
}

export const seatsTotal = 3
export const buyersTotal = 2
const buyer = fc.nat({ max: buyersTotal - 1 })
const seats = fc.uniqueArray(fc.nat({ max: seatsTotal - 1 }), { minLength: 1, maxLength: 2 })
const nth = fc.nat({ max: 3 })
const payment = fc.nat({ max: 1 })

const often = [
  fc.tuple(buyer, seats).map((args) => holdSeats(...args)),
  fc.tuple(nth, seats).map((args) => changeSeats(...args)),
  fc.tuple(nth, payment, fc.boolean()).map((args) => beginPayment(...args)),
  fc.tuple(nth, payment).map((args) => paymentSucceeds(...args)),
]
const atTimes = [
  nth.map(releaseHold),
  nth.map(cancelReservation),
  nth.map(lapse),
  fc.constant(0).map(sweep),
  fc.tuple(nth, payment, fc.boolean()).map((args) => paymentFails(...args)),
  nth.map(eventAgain),
]
const seldom = [
  fc.constant(0).map(callOff),
  fc.constant(0).map(endShow),
  fc.constant(0).map(loseRedis),
  fc.constant(0).map(rebuild),
]

/** For tests: all that may happen to the reservations of a schedule, in any order and repeated. */
export const reservationCommands = fc.commands(
  [...often, ...often, ...often, ...often, ...atTimes, ...atTimes, ...seldom],
  {
    maxCommands: 18,
    size: 'max',
  },
)
