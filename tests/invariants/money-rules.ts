import { sql } from 'kysely'
import type { Books, LedgerPayment } from './books.ts'
import { findRows } from './find-rows.ts'
import type { Finding, Rule } from './rule.ts'

interface Joined {
  readonly portonePaymentId: string
  readonly paymentId: string
  readonly amount: number
  readonly status: string
  readonly refundAmount: number | null
  readonly reservationId: string
  readonly reservationStatus: string | null
}

async function readPayments(books: Books): Promise<Map<string, Joined>> {
  const { rows } = await sql<Joined>`
    SELECT p.portone_payment_id AS "portonePaymentId", p.id AS "paymentId", p.amount, p.status,
      p.refund_amount AS "refundAmount", p.reservation_id AS "reservationId", r.status AS "reservationStatus"
    FROM payment_service.payments p LEFT JOIN reservation_service.reservations r ON r.id = p.reservation_id
  `.execute(books.database.db)
  return new Map(rows.map((row) => [row.portonePaymentId, row]))
}

/** M1: what the provider captured for this payment has ended as exactly one of a confirmed ticket or a full refund. */
function judge(entry: LedgerPayment, payment: Joined | undefined): string | null {
  const told = `payment ${entry.paymentId}: captured ${entry.capturedAmount}, given back ${entry.cancelledAmount}`
  if (!payment) return entry.keptAmount === 0 ? null : `${told}, and we have no record of it`
  const state = `${payment.status}, reservation ${payment.reservationId} ${payment.reservationStatus ?? 'unknown'}`
  const isTicket = payment.reservationStatus === 'CONFIRMED' && payment.status === 'SUCCESS'
  if (isTicket)
    return entry.keptAmount === payment.amount ? null : `${told}, but it is a ticket for ${payment.amount} (${state})`
  if (payment.status === 'REFUNDED') {
    return entry.cancelledAmount === payment.refundAmount
      ? null
      : `${told}, but we recorded a refund of ${payment.refundAmount}`
  }
  return entry.keptAmount === 0 ? null : `${told}, and there is no ticket (${state})`
}

async function capturedIsTicketOrRefund(books: Books): Promise<Finding> {
  const [ledger, payments] = await Promise.all([books.ledger(), readPayments(books)])
  const captured = ledger.filter((entry) => entry.capturedAmount > 0)
  return {
    examined: captured.length,
    violations: captured.flatMap((entry) => judge(entry, payments.get(entry.paymentId)) ?? []),
  }
}

async function ticketHasCapture(books: Books): Promise<Finding> {
  const [ledger, { rows }] = await Promise.all([
    books.ledger(),
    sql<{ reservationId: string; totalAmount: number; portonePaymentId: string | null }>`
      SELECT r.id AS "reservationId", r.total_amount AS "totalAmount", p.portone_payment_id AS "portonePaymentId"
      FROM reservation_service.reservations r
      LEFT JOIN payment_service.payments p ON p.reservation_id = r.id AND p.status = 'SUCCESS' AND p.amount = r.total_amount
      WHERE r.status = 'CONFIRMED'
    `.execute(books.database.db),
  ])
  const kept = new Map(ledger.map((entry) => [entry.paymentId, entry.keptAmount]))
  return {
    examined: rows.length,
    violations: rows.flatMap((row) => {
      const amount = row.portonePaymentId === null ? 0 : (kept.get(row.portonePaymentId) ?? 0)
      return amount === row.totalAmount
        ? []
        : [`reservation ${row.reservationId} costs ${row.totalAmount}, the provider kept ${amount}`]
    }),
  }
}

async function sumsAgree(books: Books): Promise<Finding> {
  const [ledger, { rows }] = await Promise.all([
    books.ledger(),
    sql<{ confirmed: number; fees: number }>`
      SELECT coalesce(sum(total_amount) FILTER (WHERE status = 'CONFIRMED'), 0)::float8 AS confirmed,
        coalesce(sum(fee_amount) FILTER (WHERE status = 'CANCELLED'), 0)::float8 AS fees
      FROM reservation_service.reservations
    `.execute(books.database.db),
  ])
  const kept = ledger.reduce((sum, entry) => sum + entry.keptAmount, 0)
  const owed = (rows[0]?.confirmed ?? 0) + (rows[0]?.fees ?? 0)
  return {
    examined: ledger.length,
    violations: kept === owed ? [] : [`the provider kept ${kept} won, confirmed tickets and fees are ${owed} won`],
  }
}

/** M1 to M5 and M7 of reliability.md. */
export const moneyRules: readonly Rule[] = [
  { name: 'every capture is one ticket or one full refund', check: capturedIsTicketOrRefund },
  { name: 'no ticket without a capture of its price', check: ticketHasCapture },
  { name: 'money kept = price of tickets + fees', check: sumsAgree },
  {
    name: 'a payment is captured once',
    check: async (books) => {
      const ledger = await books.ledger()
      const twice = ledger.filter((entry) => entry.captures.length > 1 || entry.cancelledAmount > entry.capturedAmount)
      return {
        examined: ledger.length,
        violations: twice.map((entry) => `payment ${entry.paymentId}: ${JSON.stringify(entry)}`),
      }
    },
  },
  {
    name: 'no payment is left open',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM payment_service.payments`,
        broken: `SELECT format('payment %s is PENDING, its reservation %s is %s', p.id, r.id, r.status) AS what
          FROM payment_service.payments p JOIN reservation_service.reservations r ON r.id = p.reservation_id
          WHERE p.status = 'PENDING' AND (r.status <> 'PENDING' OR r.hold_expires_at < now() - interval '20 seconds')
          UNION ALL
          SELECT format('payment %s owes a refund of %s', id, refund_due_amount) FROM payment_service.payments
          WHERE status = 'SUCCESS' AND refund_due_amount > 0`,
      }),
  },
  {
    name: 'a ticket and its payment name each other',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM payment_service.payments WHERE status = 'SUCCESS'`,
        broken: `SELECT format('payment %s of user %s pays reservation %s of user %s, which names payment %s', p.id, p.user_id, r.id, r.user_id, r.payment_id) AS what
          FROM payment_service.payments p JOIN reservation_service.reservations r ON r.id = p.reservation_id
          WHERE p.status = 'SUCCESS' AND (p.user_id <> r.user_id OR r.payment_id IS DISTINCT FROM p.id)`,
      }),
  },
  {
    name: 'payment and reservation have ended alike',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM payment_service.payments WHERE status <> 'PENDING'`,
        broken: `SELECT format('payment %s is %s, reservation %s is %s', p.id, p.status, r.id, r.status) AS what
          FROM payment_service.payments p JOIN reservation_service.reservations r ON r.id = p.reservation_id
          WHERE (p.status = 'SUCCESS' AND r.status <> 'CONFIRMED') OR (p.status = 'REFUNDED' AND r.status <> 'CANCELLED')`,
      }),
  },
]
