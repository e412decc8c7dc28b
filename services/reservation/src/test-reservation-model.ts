import type { TestSchedule } from './test-neighbours.ts'

type Reason = 'HOLD_EXPIRED' | 'HOLD_RELEASED' | 'PAYMENT_FAILED' | 'USER_CANCELLED' | 'EVENT_CANCELLED'

/** What the outbox must have of a reservation. */
export interface ToldEvent {
  readonly type: 'ReservationConfirmed' | 'ReservationCancelled'
  readonly seats: readonly number[]
  readonly reason?: Reason
  readonly wasConfirmed?: boolean
  readonly refundAmount?: number
}

/** A reservation as it must be: seats by their number in the hall, a payment by its ID. */
export interface ModelReservation {
  readonly id: string
  readonly buyer: number
  status: 'PENDING' | 'CONFIRMED' | 'CANCELLED'
  seats: number[]
  /** What it costs: of the seats it has, or had when it ended. */
  totalAmount: number
  isOverdue: boolean
  paymentId: string | null
  isPaying: boolean
  wasConfirmed: boolean
  /** Its payment has said that its money is there: news of a failure before that ends nothing. */
  isPaid: boolean
  /** Payments whose late money was refused. */
  readonly refused: Set<string>
  /** What it had when it ended, and as the how many-th of all. */
  lastSeats: number[]
  endedAs: number
  reason: Reason | null
  refundAmount: number | null
  readonly told: ToldEvent[]
}

/** One schedule's reservations, oldest first, and the locks in Redis, as they must be. */
export interface ReservationModel {
  readonly prices: readonly number[]
  readonly reservations: ModelReservation[]
  /** Reservation by seat. */
  readonly locks: Map<number, string>
  isCalledOff: boolean
  ended: number
}

/** The model of a schedule that nobody has touched. */
export const emptyModel = ({ seats }: TestSchedule): ReservationModel => ({
  prices: seats.map((seat) => seat.price),
  reservations: [],
  locks: new Map(),
  isCalledOff: false,
  ended: 0,
})

export const priceOf = (model: ReservationModel, seats: readonly number[]): number =>
  seats.reduce((sum, seat) => sum + (model.prices[seat] ?? 0), 0)

/** A hold whose time is over and for which no payment has begun: anybody may end it. */
const mayBeEnded = (one: ModelReservation) => one.status === 'PENDING' && one.isOverdue && !one.isPaying

const hasAnyOf = (one: ModelReservation, seats: readonly number[]) =>
  one.status !== 'CANCELLED' && one.seats.some((seat) => seats.includes(seat))

function lock(model: ReservationModel, { id, seats }: ModelReservation): void {
  for (const seat of seats) model.locks.set(seat, id)
}

function end(model: ReservationModel, one: ModelReservation, reason: Reason, refundAmount = 0): void {
  const wasConfirmed = one.status === 'CONFIRMED'
  one.told.push({ type: 'ReservationCancelled', seats: one.seats, reason, wasConfirmed, refundAmount })
  for (const [seat, owner] of model.locks) if (owner === one.id) model.locks.delete(seat)
  model.ended += 1
  const last = { lastSeats: one.seats, endedAs: model.ended }
  Object.assign(one, { ...last, status: 'CANCELLED', reason, refundAmount, seats: [] })
}

const endOverdue = (model: ReservationModel, among: readonly ModelReservation[]) => {
  for (const one of among.filter(mayBeEnded)) end(model, one, 'HOLD_EXPIRED')
}

/** `made` is an outcome that the caller completes with the new reservation's ID. */
type Held = 'made' | { readonly again: ModelReservation } | 'HOLD_EXISTS' | 'SEAT_TAKEN' | 'SALE_NOT_OPEN'

/** What a hold of these seats comes to, apart from writing it. */
export function hold(model: ReservationModel, buyer: number, seats: readonly number[]): Held {
  const isLocked = seats.some((seat) => model.locks.has(seat))
  if (!isLocked && model.isCalledOff) return 'SALE_NOT_OPEN'
  const inTheWay = model.reservations.filter(
    (one) => hasAnyOf(one, seats) || (one.buyer === buyer && one.status === 'PENDING'),
  )
  const live = inTheWay.filter((one) => !mayBeEnded(one))
  const own = live.find((one) => one.buyer === buyer && one.status === 'PENDING')
  if (own) {
    const isSame = own.seats.length === seats.length && seats.every((seat) => own.seats.includes(seat))
    if (isSame) lock(model, own)
    return isSame ? { again: own } : 'HOLD_EXISTS'
  }
  if (live.some((one) => hasAnyOf(one, seats))) return 'SEAT_TAKEN'
  endOverdue(model, inTheWay)
  return model.isCalledOff ? 'SALE_NOT_OPEN' : 'made'
}

export function addHeld(model: ReservationModel, made: { id: string; buyer: number; seats: readonly number[] }): void {
  const one: ModelReservation = {
    ...made,
    seats: [...made.seats],
    totalAmount: priceOf(model, made.seats),
    status: 'PENDING',
    isOverdue: false,
    paymentId: null,
    isPaying: false,
    wasConfirmed: false,
    isPaid: false,
    refused: new Set(),
    lastSeats: [],
    endedAs: 0,
    reason: null,
    refundAmount: null,
    told: [],
  }
  model.reservations.push(one)
  lock(model, one)
}

export function change(model: ReservationModel, one: ModelReservation, seats: readonly number[]): string {
  if (one.status !== 'PENDING') return 'NOT_PENDING'
  const added = seats.filter((seat) => !one.seats.includes(seat))
  if (added.length > 0 || seats.length < one.seats.length) {
    if (one.isPaying) return 'PAYMENT_IN_PROGRESS'
    if (one.isOverdue) return 'NOT_PENDING'
    if (model.isCalledOff) return 'SALE_NOT_OPEN'
  }
  const others = model.reservations.filter((other) => other !== one && hasAnyOf(other, added))
  if (others.some((other) => !mayBeEnded(other))) return 'SEAT_TAKEN'
  endOverdue(model, others)
  if (mayBeEnded(one)) return 'changed'
  for (const seat of one.seats) if (model.locks.get(seat) === one.id) model.locks.delete(seat)
  Object.assign(one, { seats: [...seats], totalAmount: priceOf(model, seats) })
  lock(model, one)
  return 'changed'
}

export function release(model: ReservationModel, one: ModelReservation): string {
  if (one.reason === 'HOLD_RELEASED' || one.reason === 'HOLD_EXPIRED') return 'released'
  if (one.status !== 'PENDING') return 'NOT_PENDING'
  if (one.isPaying) return 'PAYMENT_IN_PROGRESS'
  end(model, one, 'HOLD_RELEASED')
  return 'released'
}

/** The refund, or why there is none. The show is far away and every ticket fresh, so that no fee is due. */
export function cancel(model: ReservationModel, one: ModelReservation): number | 'PAYMENT_IN_PROGRESS' {
  if (one.status === 'PENDING' && one.isPaying) return 'PAYMENT_IN_PROGRESS'
  if (one.status === 'PENDING') end(model, one, 'HOLD_RELEASED')
  if (one.status === 'CONFIRMED')
    end(model, one, model.isCalledOff ? 'EVENT_CANCELLED' : 'USER_CANCELLED', one.totalAmount)
  return one.refundAmount ?? 0
}

export const sweep = (model: ReservationModel): void => endOverdue(model, model.reservations)

/** `isPaid`: all of the money is there, so that a hold that is over is taken back if its seats are free (decision 0023). */
export function begin(model: ReservationModel, one: ModelReservation, paymentId: string, isPaid: boolean): string {
  if (one.status === 'PENDING' && one.paymentId === null && !one.isOverdue && !model.isCalledOff)
    Object.assign(one, { paymentId, isPaying: true })
  if (isPaid && one.status === 'PENDING' && one.paymentId === paymentId) one.isPaid = true
  if (isPaid && answerTo(model, one, paymentId) === 'HOLD_EXPIRED') takeBack(model, one, paymentId)
  return answerTo(model, one, paymentId)
}

function takeBack(model: ReservationModel, one: ModelReservation, paymentId: string): void {
  const others = model.reservations.filter((other) => other !== one)
  const wasSoldSince = (other: ModelReservation) =>
    other.status === 'CANCELLED' && other.wasConfirmed && other.endedAs > one.endedAs
  const isInTheWay = (other: ModelReservation) =>
    hasAnyOf(other, one.lastSeats) ||
    (other.buyer === one.buyer && other.status === 'PENDING') ||
    (wasSoldSince(other) && other.lastSeats.some((seat) => one.lastSeats.includes(seat)))
  const isFree = one.status === 'PENDING' || !others.some(isInTheWay)
  if (one.refused.has(paymentId) || model.isCalledOff || !isFree) {
    one.refused.add(paymentId)
    return
  }
  const seats = one.status === 'PENDING' ? one.seats : one.lastSeats
  const pinned = { status: 'PENDING', paymentId, isPaying: true, isPaid: true }
  Object.assign(one, { ...pinned, seats, reason: null, refundAmount: null })
}

function answerTo(model: ReservationModel, one: ModelReservation, paymentId: string): string {
  if (one.status === 'CANCELLED') return one.reason === 'HOLD_EXPIRED' ? 'HOLD_EXPIRED' : 'CANCELLED'
  if (one.paymentId === null) return model.isCalledOff ? 'CANCELLED' : 'HOLD_EXPIRED'
  if (one.paymentId !== paymentId) return 'OTHER_PAYMENT'
  if (one.status === 'PENDING') lock(model, one)
  return 'granted'
}

/** `refused`: the money belongs to nothing here, and a person has to look at it. */
export function succeed(one: ModelReservation, paymentId: string, seats: readonly number[]): 'applied' | 'refused' {
  if (one.status === 'PENDING' && (one.paymentId === null || one.paymentId === paymentId)) {
    Object.assign(one, { status: 'CONFIRMED', paymentId, isPaying: true, wasConfirmed: true })
    one.told.push({ type: 'ReservationConfirmed', seats: one.seats })
    return 'applied'
  }
  if (one.status === 'CANCELLED' && !one.wasConfirmed) {
    one.refundAmount = one.totalAmount
    const { reason, refundAmount } = one
    if (reason === null) throw new Error('a reservation has ended without a reason')
    one.told.push({ type: 'ReservationCancelled', seats, reason, wasConfirmed: false, refundAmount })
    return 'applied'
  }
  return one.paymentId === paymentId && one.wasConfirmed ? 'applied' : 'refused'
}

/** `isNewer`: than the money that the payment has told of. */
export function fail(model: ReservationModel, one: ModelReservation, paymentId: string, isNewer: boolean): void {
  if (one.paymentId === paymentId && one.isPaid && !isNewer) return
  if (one.status === 'PENDING' && (one.paymentId === null || one.paymentId === paymentId))
    end(model, one, 'PAYMENT_FAILED')
}

/** The job that follows a show that is called off. */
export function endShow(model: ReservationModel): void {
  if (!model.isCalledOff) return
  for (const one of model.reservations.filter(({ status }) => status !== 'CANCELLED'))
    end(model, one, 'EVENT_CANCELLED', one.status === 'CONFIRMED' ? one.totalAmount : 0)
}

/** Redis without its data, and what the rows set again. */
export const loseLocks = (model: ReservationModel): void => model.locks.clear()
export function rebuild(model: ReservationModel): void {
  for (const one of model.reservations) if (one.status === 'PENDING' && !mayBeEnded(one)) lock(model, one)
}
