import { idSchema } from '@ticket-queue/contracts/ids'
import { ServiceCallError } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { type LetterSubject, paymentNamedIn, ruleOf } from '../domain/needed-letter.ts'
import { storableText } from '../domain/storable-text.ts'
import type { AskReservation } from '../share-reservations.ts'
import type { Database } from '../store/database.ts'
import { findLetter, type LetterRow, type OrderOutcome, orderLetter } from '../store/dead-letters.ts'

export interface DiscardDeadLetterDeps {
  readonly db: Kysely<Database>
  readonly reservation: Pick<AskReservation, 'read'>
}

interface DiscardOrder {
  readonly letterId: string
  readonly orderedBy: string
  readonly reason: string
  readonly requestId: string
}

/**
 * Orders that a letter be given up for good, with the reason why (EVT-020). One on which somebody's money or seats hang is refused
 * as DEAD_LETTER_NEEDED (decision 0032), and as SERVICE_UNAVAILABLE while the reservation service cannot be asked.
 */
export async function discardDeadLetter(deps: DiscardDeadLetterDeps, order: DiscardOrder): Promise<OrderOutcome> {
  const { requestId, ...given } = order
  const letter = await findLetter(deps.db, order.letterId)
  try {
    if (letter?.status === 'OPEN' && (await isNeeded(deps, letter, requestId))) {
      return { refused: 'DEAD_LETTER_NEEDED', letter }
    }
  } catch (error) {
    if (error instanceof ServiceCallError) return { refused: 'SERVICE_UNAVAILABLE' }
    throw error
  }
  return orderLetter(deps.db, { ...given, reason: storableText(order.reason), action: 'DISCARD' })
}

async function isNeeded(deps: DiscardDeadLetterDeps, letter: LetterRow, requestId: string): Promise<boolean> {
  const isNeededFor = ruleOf(letter)
  if (isNeededFor === null) return false
  const payments = await findPayments(deps.db, letter)
  const [first] = payments
  if (!first) return false
  const reservation = await deps.reservation.read({ reservationId: first.reservation_id, requestId })
  return payments.some(({ status, refund_due_amount }) => {
    const money = { paymentStatus: status, isRefundDue: refund_due_amount !== null }
    return isNeededFor({ ...money, reservationStatus: reservation?.status ?? null } satisfies LetterSubject)
  })
}

const paymentsMax = 100

/** The payment that the letter names, or where it names none those of the reservation that is its key. */
async function findPayments(db: Kysely<Database>, { id, key }: LetterRow) {
  const { value } = await db.selectFrom('dead_letters').select('value').where('id', '=', id).executeTakeFirstOrThrow()
  const paymentId = paymentNamedIn(value)
  const reservationId = idSchema.safeParse(key).data
  if (paymentId === null && reservationId === undefined) return []
  const payments = db.selectFrom('payments').select(['reservation_id', 'status', 'refund_due_amount'])
  return (
    paymentId === null
      ? payments.where('reservation_id', '=', reservationId as string)
      : payments.where('id', '=', paymentId)
  )
    .limit(paymentsMax)
    .execute()
}
