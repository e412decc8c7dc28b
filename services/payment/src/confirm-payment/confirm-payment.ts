import type { Leaver } from '@ticket-queue/contracts/http/queue'
import type { InGroup } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { checkPaymentToken, type TokenRefusal } from '../check-payment-token.ts'
import { inTime } from '../in-time.ts'
import { keepToken } from '../saga/capture-payment.ts'
import type { SagaDeps, Settled } from '../saga/saga-deps.ts'
import { settlePayment } from '../saga/settle-payment.ts'
import type { Read } from '../store/open-captures.ts'
import { type PaymentRow, stepDone } from '../store/payments.ts'

export interface ConfirmPaymentDeps extends SagaDeps {
  readonly redis: RedisClient
  /** Tells the queue that somebody has left the shop, with all who leave at the same time. */
  readonly endStay: InGroup<Leaver, void>
  readonly log: Log
  /** How long a buyer waits for an answer (PAY-008). */
  readonly answerWithinMs: number
  /** Whether the channel leaves the capture to us (수동 승인). */
  readonly confirmMode: 'AUTO' | 'MANUAL'
}

export interface ConfirmPaymentInput {
  readonly userId: string
  readonly queueToken: string | undefined
  readonly reservationId: string
  readonly paymentId: string
  readonly paymentKey: string
  readonly paymentToken?: string | undefined
  readonly amount: number
  readonly requestId: string
}

export type ConfirmRefusal =
  | {
      refused:
        | TokenRefusal
        | 'PAYMENT_NOT_FOUND'
        | 'PAYMENT_MISMATCH'
        | 'AMOUNT_MISMATCH'
        | 'PAYMENT_TOKEN_UNEXPECTED'
        | 'PORTONE_UNAVAILABLE'
    }
  | { refused: 'PAYMENT_REFUNDED'; paymentId: string }
  | { refused: 'PAYMENT_FAILED' | 'AMOUNT_MISMATCH'; paymentId: string; reason: string }

export type Confirmed = { paymentId: string; status: 'SUCCESS' | 'PENDING'; paidAt: string | null }

/**
 * Confirms a payment the buyer says is made (PAY-010): what PortOne says decides, never the caller. What cannot be known
 * within the time a buyer waits is PENDING and goes on without him. Safe to repeat; a settled payment answers at once, but for a failed
 * one it is looked whether money has come since, which buys the seats if they are free, and else goes back before he is told.
 */
export async function confirmPayment(
  deps: ConfirmPaymentDeps,
  input: ConfirmPaymentInput,
): Promise<Confirmed | ConfirmRefusal> {
  const read = await deps.readPayment(input.paymentId)
  if (read?.payment.user_id !== input.userId) return { refused: 'PAYMENT_NOT_FOUND' }
  const { payment } = read
  if (payment.reservation_id !== input.reservationId || payment.payment_key !== input.paymentKey) {
    return { refused: 'PAYMENT_MISMATCH' }
  }
  if (payment.amount !== input.amount) return { refused: 'AMOUNT_MISMATCH' }
  if (input.paymentToken !== undefined && deps.confirmMode === 'AUTO') return { refused: 'PAYMENT_TOKEN_UNEXPECTED' }
  const already = await answerIfOver(deps, payment)
  if (already) return already
  const refusal = payment.status === 'PENDING' ? await refuseStranger(deps, input) : null
  if (refusal) return refusal
  const keepsToken = payment.status === 'PENDING' && input.paymentToken !== undefined
  if (keepsToken) await keepToken(deps.db, payment, input.paymentToken)
  // A token that is new has given the row a new version.
  const settled = await settleInTime(deps, input, keepsToken ? undefined : read)
  if (settled.state === 'SUCCESS') void leaveShop(deps, settled.payment)
  if (settled.state !== 'PENDING') return answerOf(settled.payment, settled.state)
  return settled.unreachable
    ? { refused: 'PORTONE_UNAVAILABLE' }
    : { paymentId: payment.id, status: 'PENDING', paidAt: null }
}

/** Captured money that has gone back ends a payment for good; until then a failed one may still be charged. */
async function answerIfOver(
  { db }: ConfirmPaymentDeps,
  payment: PaymentRow,
): Promise<Confirmed | ConfirmRefusal | null> {
  if (payment.status === 'FAILED' && !(await stepDone(db, payment.id, 'CANCEL'))) return null
  return answerIfSettled(payment)
}

/**
 * A token that has ended is no refusal: what it was needed for was opening the payment, and its owner, sent back to the waiting room
 * when he has paid, would pay a second time. Whether the seats are still his is for the reservation to say (BEGIN).
 */
async function refuseStranger(
  deps: ConfirmPaymentDeps,
  input: ConfirmPaymentInput,
): Promise<{ refused: TokenRefusal } | null> {
  const token = await checkPaymentToken(deps.redis, input)
  return token === 'good' || token === 'QUEUE_TOKEN_EXPIRED' ? null : { refused: token }
}

async function settleInTime(
  deps: ConfirmPaymentDeps,
  input: ConfirmPaymentInput,
  read: Read | undefined,
): Promise<Settled> {
  const unreachable = { state: 'PENDING', unreachable: true } as const
  const isAway = deps.portone.isOpen('read')
  if (isAway && (await stepDone(deps.db, input.paymentId, 'BEGIN'))) return unreachable
  const settling = settlePayment(deps, {
    read,
    paymentId: input.paymentId,
    askedBy: 'buyer',
    paymentToken: input.paymentToken,
    requestId: input.requestId,
  })
  // The work goes on after a late answer, so its failure must be heard here or nowhere.
  settling.catch((error: unknown) => deps.log.error({ err: error, paymentId: input.paymentId }, 'settling failed'))
  // The seats are pinned behind the answer: he may have paid, and PortOne may be away for longer than his hold lasts.
  if (isAway) return unreachable
  const late = { state: 'PENDING', unreachable: false } as const
  return inTime(settling, { waitMs: deps.answerWithinMs, late })
}

const answerIfSettled = (payment: PaymentRow) =>
  payment.status === 'PENDING' ? null : answerOf(payment, payment.status)

function answerOf(payment: PaymentRow, state: 'SUCCESS' | 'FAILED' | 'REFUNDED'): Confirmed | ConfirmRefusal {
  const paymentId = payment.id
  if (state === 'REFUNDED') return { refused: 'PAYMENT_REFUNDED', paymentId }
  if (state === 'SUCCESS') return { paymentId, status: 'SUCCESS', paidAt: payment.paid_at?.toISOString() ?? null }
  const reason = payment.failure_reason ?? 'UNKNOWN'
  return { refused: reason === 'AMOUNT_MISMATCH' ? 'AMOUNT_MISMATCH' : 'PAYMENT_FAILED', paymentId, reason }
}

/** Who has bought makes room for the next one; if the queue does not hear it, the place inside ends by itself. */
async function leaveShop(deps: ConfirmPaymentDeps, payment: PaymentRow): Promise<void> {
  try {
    await deps.endStay({ userId: payment.user_id, scheduleId: payment.schedule_id })
  } catch (error) {
    deps.log.warn({ err: error, paymentId: payment.id }, 'the queue did not hear that a buyer has left')
  }
}
