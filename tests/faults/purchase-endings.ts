import { sql } from 'kysely'
import type { Books } from '../invariants/books.ts'
import type { Rule } from '../invariants/rule.ts'
import type { Plan } from './payment-failpoints.ts'
import type { Purchase } from './purchases.ts'

/** What has become of a purchase in the three sets of books. */
export interface Ending {
  readonly payment: string
  readonly reservation: string
  readonly ticket: string | null
  readonly amount: number
  /** In won, by the payment provider's own books. */
  readonly captured: number
  readonly kept: number
}

/** Reads how purchases stand, in their order. */
export async function readEndings(books: Books, purchases: readonly Purchase[]): Promise<Ending[]> {
  const ids = purchases.map((purchase) => purchase.reservationId)
  const [ledger, { rows }] = await Promise.all([
    books.ledger(),
    sql<{ id: string; reservation: string; ticket: string | null; payment: string | null; portoneId: string | null }>`
      SELECT r.id, r.status AS reservation, CASE WHEN r.status = 'CONFIRMED' THEN r.ticket_number END AS ticket,
        p.status AS payment, p.portone_payment_id AS "portoneId"
      FROM reservation_service.reservations r LEFT JOIN payment_service.payments p ON p.reservation_id = r.id
      WHERE r.id = ANY(${ids}::uuid[])`.execute(books.database.db),
  ])
  return purchases.map(({ reservationId, totalAmount }) => {
    const row = rows.find(({ id }) => id === reservationId)
    const entry = ledger.find(({ paymentId }) => paymentId === row?.portoneId)
    return {
      payment: row?.payment ?? 'none',
      reservation: row?.reservation ?? 'none',
      ticket: row?.ticket ?? null,
      amount: totalAmount,
      captured: entry?.capturedAmount ?? 0,
      kept: entry?.keptAmount ?? 0,
    }
  })
}

/** Every answer that said how the purchase has ended was true; the last one left nothing open that could be known. */
export function falseAnswers({ plan, told }: Pick<Purchase, 'plan' | 'told'>, ending: Ending): string[] {
  const isTicket = ending.ticket !== null && ending.kept === ending.amount && ending.payment === 'SUCCESS'
  const returned = told.find(({ step, answer }) => step === 'return' && answer.status === 200)?.answer.body
  const violations = told.flatMap(({ step, answer }) => {
    const said = `told ${answer.status} ${answer.code || String(answer.body['status'] ?? '')} to ${step}`
    const saysPaid = step === 'confirm' && answer.status === 200
    if (saysPaid && !isTicket && returned === undefined) return [`${said}, and there is no ticket`]
    const saysNotPaid = step === 'confirm' && ['PAYMENT_FAILED', 'AMOUNT_MISMATCH'].includes(answer.code)
    if (saysNotPaid && (ending.kept !== 0 || ending.ticket !== null))
      return [`${said}, and ${ending.kept} won are kept`]
    return []
  })
  if (returned !== undefined && ending.kept !== returned['fee']) {
    violations.push(`told that ${returned['fee']} won are kept as a fee, and ${ending.kept} are`)
  }
  if (ending.payment === 'PENDING' || ending.payment === 'none') violations.push('never ended')
  const last = told.at(-1)?.answer
  const isOpen = last === undefined || last.status >= 500 || last.status === 202
  // Who has left the shop asks no more.
  if (isOpen && plan !== 'leave') violations.push(`was never told how it ended (${last?.status} ${last?.code})`)
  return violations
}

/** M7 for these purchases, and what their buyers were told. */
export const toldTheTruth = (purchases: readonly Purchase[]): Rule => ({
  name: 'every purchase has ended, and no buyer was told anything false',
  check: async (books) => {
    const endings = await readEndings(books, purchases)
    const violations = purchases.flatMap((purchase, index) => {
      const ending = endings[index]
      if (ending === undefined) throw new Error('there are as many endings as purchases')
      return falseAnswers(purchase, ending).map((what) => `reservation ${purchase.reservationId}: ${what}`)
    })
    return { examined: purchases.length, violations }
  },
})

const wanted: Record<Plan, Pick<Ending, 'payment' | 'reservation'>> = {
  buy: { payment: 'SUCCESS', reservation: 'CONFIRMED' },
  approve: { payment: 'SUCCESS', reservation: 'CONFIRMED' },
  leave: { payment: 'SUCCESS', reservation: 'CONFIRMED' },
  decline: { payment: 'FAILED', reservation: 'CANCELLED' },
  underpay: { payment: 'FAILED', reservation: 'CANCELLED' },
  late: { payment: 'SUCCESS', reservation: 'CONFIRMED' },
  return: { payment: 'REFUNDED', reservation: 'CANCELLED' },
}

/** A death delays what a buyer does and changes nothing of it. */
export const endedAsPlanned = (purchases: readonly Purchase[]): Rule => ({
  name: 'every purchase has ended as without the fault',
  check: async (books) => {
    const endings = await readEndings(books, purchases)
    const violations = purchases.flatMap(({ plan, reservationId }, index) => {
      const { payment, reservation } = wanted[plan]
      const ending = endings[index]
      const isAsPlanned = ending?.payment === payment && ending.reservation === reservation
      const told = `payment ${ending?.payment}, reservation ${ending?.reservation}`
      return isAsPlanned ? [] : [`reservation ${reservationId} (${plan}): ${told} for ${payment}, ${reservation}`]
    })
    return { examined: purchases.length, violations }
  },
})

/** M6: whatever came between, the same payment key with the same body was given one answer, byte for byte. */
export const sameKeySameAnswer = (purchases: readonly Purchase[]): Rule => ({
  name: 'the same payment key was given the same answer byte for byte',
  check: async () => ({
    examined: purchases.length,
    violations: purchases.flatMap(({ told, reservationId }) => {
      const opened = told.filter(({ step, answer }) => step === 'register' && answer.status === 201)
      const texts = new Set(opened.map(({ answer }) => answer.text))
      return texts.size <= 1 ? [] : [`reservation ${reservationId}: ${[...texts].join(' and ')}`]
    }),
  }),
})

/** How much is under way: events not sent, ends of payments that reservation has not heard of, refunds that are due. */
export async function countOpen(books: Books): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    SELECT ((SELECT count(*) FROM common.outbox_events WHERE NOT published) + (
      SELECT count(*) FROM payment_service.payments p JOIN reservation_service.reservations r ON r.id = p.reservation_id
      WHERE (p.status IN ('SUCCESS', 'FAILED') AND r.status = 'PENDING')
        OR (p.status = 'SUCCESS' AND r.status = 'CANCELLED')))::int AS open`.execute(books.database.db)
  return rows[0]?.open ?? 0
}
