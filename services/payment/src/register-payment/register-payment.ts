import { createHash } from 'node:crypto'
import type { InternalReservation } from '@ticket-queue/contracts/http/reservation'
import type { InGroup } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import { type Log, ServiceCallError } from '@ticket-queue/service-kit'
import { v7 as uuidv7 } from 'uuid'
import { checkPaymentToken, type TokenRefusal } from '../check-payment-token.ts'
import { inTime } from '../in-time.ts'
import type { SagaDeps } from '../saga/saga-deps.ts'
import { settlePayment } from '../saga/settle-payment.ts'
import { countRefusals, openedAt, type PaymentRow, stepDone } from '../store/payments.ts'
import { type NewPayment, preRegisterStep as step } from './open-payments.ts'

export interface RegisterPaymentDeps extends SagaDeps {
  readonly redis: RedisClient
  readonly log: Log
  /** How long after its creation a payment nobody has confirmed is looked at for the first time. */
  readonly firstCheckSeconds: number
  /** How long a buyer waits for an answer (PAY-008). */
  readonly answerWithinMs: number
  /** Registrations of payments at PortOne that are under way in this process, by payment ID. */
  readonly registering: Map<string, Promise<Registered>>
  /** `openPayments` and `findByKeys`, for several buyers at once. */
  readonly openPayment: InGroup<NewPayment, PaymentRow | null>
  readonly readByKey: InGroup<string, PaymentRow | null>
}

/** What a payment is opened with; the same byte for byte whenever it is asked for again. */
export interface Opened {
  readonly paymentId: string
  readonly portonePaymentId: string
  readonly amount: number
  readonly storeId: string
  readonly channelKey: string
  readonly paymentKey: string
  readonly status: 'PENDING'
}

export type Registered = Opened | { readonly refused: 'PORTONE_UNAVAILABLE' }

export interface RegisterPaymentInput {
  readonly userId: string
  readonly queueToken: string | undefined
  readonly reservationId: string
  readonly amount: number
  readonly paymentMethod: 'CARD'
  readonly paymentKey: string
  readonly requestId: string
}

export type RegisterRefusal =
  | {
      refused:
        | TokenRefusal
        | 'RESERVATION_NOT_FOUND'
        | 'RESERVATION_NOT_PAYABLE'
        | 'AMOUNT_MISMATCH'
        | 'IDEMPOTENCY_KEY_REUSED'
        | 'PORTONE_UNAVAILABLE'
        | 'SERVICE_UNAVAILABLE'
    }
  | { refused: 'PAYMENT_EXISTS'; paymentId: string; amount: number }

/**
 * Opens a payment for a held reservation and fixes its amount at PortOne before the buyer can pay (PAY-005, PAY-006,
 * PAY-007). The same `paymentKey` with the same body gives the same answer, with another body it is refused (PAY-004).
 */
export async function registerPayment(deps: RegisterPaymentDeps, input: RegisterPaymentInput) {
  const repeated = await deps.readByKey(input.paymentKey)
  if (repeated) return answerRepeat(deps, input, repeated)
  const token = await checkPaymentToken(deps.redis, input)
  if (token !== 'good') return { refused: token } satisfies RegisterRefusal
  if (deps.portone.isOpen('pre-register')) return { refused: 'PORTONE_UNAVAILABLE' } satisfies RegisterRefusal
  const reservation = await readReservation(deps, input)
  if ('refused' in reservation) return reservation
  if (!reservation.payable) return existing(deps, input.reservationId)
  if (reservation.totalAmount !== input.amount) return { refused: 'AMOUNT_MISMATCH' } satisfies RegisterRefusal
  const inserted = await insertOrReplace(deps, input, reservation)
  if ('refused' in inserted) return inserted
  if (inserted.repeated) return answerRepeat(deps, input, inserted.payment)
  return registerOnce(deps, inserted.payment, registerNew)
}

/** What makes two requests the same one: everything the buyer chose. */
const fingerprintOf = (input: Omit<RegisterPaymentInput, 'queueToken' | 'requestId'>): string =>
  createHash('sha256')
    .update(JSON.stringify([input.userId, input.reservationId, input.amount, input.paymentMethod, input.paymentKey]))
    .digest('hex')

async function answerRepeat(deps: RegisterPaymentDeps, input: RegisterPaymentInput, payment: PaymentRow) {
  if (payment.request_fingerprint !== fingerprintOf(input)) {
    return { refused: 'IDEMPOTENCY_KEY_REUSED' } satisfies RegisterRefusal
  }
  if (await stepDone(deps.db, payment.id, step)) return answerOf(deps, payment)
  // It has failed before anybody could pay it: its window must not open any more.
  if (payment.status !== 'PENDING') return { refused: 'RESERVATION_NOT_PAYABLE' } satisfies RegisterRefusal
  return registerOnce(deps, payment, registerUnlessDone)
}

async function readReservation(
  deps: RegisterPaymentDeps,
  input: RegisterPaymentInput,
): Promise<InternalReservation | RegisterRefusal> {
  try {
    const found = await deps.reservation.read(input)
    return found?.userId === input.userId ? found : { refused: 'RESERVATION_NOT_FOUND' }
  } catch (error) {
    if (!(error instanceof ServiceCallError)) throw error
    return { refused: 'SERVICE_UNAVAILABLE' }
  }
}

/** Others may open and end payments of the same reservation between two tries. */
const insertsMax = 3

type Inserted = { payment: PaymentRow; repeated: boolean } | RegisterRefusal

/**
 * A payment that was opened before the seats were exchanged for dearer or cheaper ones can never succeed: it ends here, with
 * what was captured given back, and makes way. If PortOne is away or slow it stays and the buyer is told that it exists.
 */
async function insertOrReplace(
  deps: RegisterPaymentDeps,
  input: RegisterPaymentInput,
  reservation: InternalReservation,
): Promise<Inserted> {
  let inserted = await insertPayment(deps, input, reservation)
  for (let attempt = 1; attempt < insertsMax; attempt += 1) {
    if (!('refused' in inserted)) return inserted
    if (inserted.refused === 'PAYMENT_EXISTS') {
      const { paymentId, amount } = inserted
      if (amount === reservation.totalAmount) return inserted
      if ((await endInTime(deps, paymentId, input.requestId)) !== 'FAILED') return inserted
    } else if (inserted.refused !== 'RESERVATION_NOT_PAYABLE') return inserted
    // What was in the way has ended, by this or meanwhile.
    inserted = await insertPayment(deps, input, reservation)
  }
  return inserted
}

async function endInTime(deps: RegisterPaymentDeps, paymentId: string, requestId: string): Promise<string> {
  const settling = settlePayment(deps, { paymentId, askedBy: 'buyer', requestId })
  // The work goes on after a late answer, so its failure must be heard here or nowhere.
  settling.catch((err: unknown) => deps.log.error({ err, paymentId }, 'ending a payment failed'))
  return (await inTime(settling, { waitMs: deps.answerWithinMs, late: { state: 'PENDING' } })).state
}

async function insertPayment(
  deps: RegisterPaymentDeps,
  input: RegisterPaymentInput,
  reservation: InternalReservation,
): Promise<Inserted> {
  const id = uuidv7()
  const opened = await deps.openPayment({
    id,
    reservation_id: input.reservationId,
    user_id: input.userId,
    schedule_id: reservation.scheduleId,
    seat_ids: [...reservation.seatIds],
    hold_expires_at: reservation.holdExpiresAt,
    payment_key: input.paymentKey,
    request_fingerprint: fingerprintOf(input),
    amount: input.amount,
    payment_method: input.paymentMethod,
    store_id: deps.storeId,
    channel_key: deps.channelKey,
    // Letters and digits only: several payment gateways behind PortOne take nothing else.
    portone_payment_id: `tq${id.replaceAll('-', '')}`,
    first_check_seconds: deps.firstCheckSeconds,
  })
  if (opened) return { payment: opened, repeated: false }
  const payment = await deps.readByKey(input.paymentKey)
  return payment ? { payment, repeated: true } : existing(deps, input.reservationId)
}

/** Why no payment can be opened: there is one, which may be in progress, or there can be none. */
async function existing(deps: RegisterPaymentDeps, reservationId: string): Promise<RegisterRefusal> {
  const live = await deps.db
    .selectFrom('payments')
    .select(['id', 'amount'])
    .where('reservation_id', '=', reservationId)
    .where('status', 'in', ['PENDING', 'SUCCESS'])
    .executeTakeFirst()
  return live
    ? { refused: 'PAYMENT_EXISTS', paymentId: live.id, amount: live.amount }
    : { refused: 'RESERVATION_NOT_PAYABLE' }
}

/** Whoever asks while PortOne is being asked gets the same answer: one call for all, and in another process the same request. */
function registerOnce(
  deps: RegisterPaymentDeps,
  payment: PaymentRow,
  register: (deps: RegisterPaymentDeps, payment: PaymentRow) => Promise<Registered>,
): Promise<Registered> {
  const underWay = deps.registering.get(payment.id)
  if (underWay) return underWay
  const registering = register(deps, payment).finally(() => deps.registering.delete(payment.id))
  deps.registering.set(payment.id, registering)
  return registering
}

async function registerUnlessDone(deps: RegisterPaymentDeps, payment: PaymentRow): Promise<Registered> {
  if (await stepDone(deps.db, payment.id, step)) return answerOf(deps, payment)
  if (deps.portone.isOpen('pre-register')) return { refused: 'PORTONE_UNAVAILABLE' }
  const refusals = await countRefusals(deps.db, payment.id, step)
  await deps.noteStep({ paymentId: payment.id, step, state: 'STARTED' })
  return registerAtPortone(deps, payment, refusals)
}

/** That it begins was written down with the row. */
const registerNew = (deps: RegisterPaymentDeps, payment: PaymentRow) => registerAtPortone(deps, payment, 0)

/** What PortOne has not taken stays to be repeated with the same payment key. */
async function registerAtPortone(
  deps: RegisterPaymentDeps,
  payment: PaymentRow,
  refusals: number,
): Promise<Registered> {
  const { id: paymentId, portone_payment_id: portonePaymentId, amount: totalAmount } = payment
  const registered = await deps.portone.preRegister(portonePaymentId, { totalAmount, refusals })
  if (registered.outcome === 'unknown') {
    await deps.noteStep({ paymentId, step, state: 'UNKNOWN', detail: { why: registered.why } })
    return { refused: 'PORTONE_UNAVAILABLE' }
  }
  // ALREADY_PAID on a repeat means that the first call was done and the buyer was quick.
  const done = registered.outcome === 'done' || registered.type === 'ALREADY_PAID'
  const detail = registered.outcome === 'refused' ? { type: registered.type } : {}
  await deps.noteStep({ paymentId, step, state: done ? 'DONE' : 'FAILED', detail })
  return done ? answerOf(deps, payment) : { refused: 'PORTONE_UNAVAILABLE' }
}

/** Only what never changes, so that a repeat is the same answer byte for byte. */
const answerOf = (deps: RegisterPaymentDeps, payment: PaymentRow): Opened => ({
  paymentId: payment.id,
  portonePaymentId: payment.portone_payment_id,
  amount: payment.amount,
  ...openedAt(payment, deps),
  paymentKey: payment.payment_key,
  status: 'PENDING',
})
