import { sql } from 'kysely'
import type { Books, LedgerPayment } from './books.ts'
import { findRows } from './find-rows.ts'
import type { Finding, Rule } from './rule.ts'

interface Joined {
  readonly portonePaymentId: string
  readonly paymentId: string
  readonly scheduleId: string
  readonly amount: number
  readonly currency: string
  readonly status: string
  readonly refundAmount: number | null
  readonly reservationId: string
  readonly reservationStatus: string | null
}

async function readPayments(books: Books): Promise<Map<string, Joined>> {
  const { rows } = await sql<Joined>`
    SELECT p.portone_payment_id AS "portonePaymentId", p.id AS "paymentId", p.schedule_id AS "scheduleId",
      p.amount, p.currency, p.status,
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

/** M2: what was captured for a ticket are won, and of one store. */
async function capturedAsOrdered(books: Books): Promise<Finding> {
  const [ledger, payments] = await Promise.all([books.ledger(), readPayments(books)])
  const kept = ledger.filter((entry) => entry.keptAmount > 0)
  const stores = new Set(kept.map((entry) => entry.storeId))
  return {
    examined: kept.length,
    violations: kept.flatMap(({ paymentId, attempts, storeId }) => {
      const payment = payments.get(paymentId)
      const foreign = attempts.filter(({ status, currency }) => status === 'PAID' && currency !== payment?.currency)
      const told = `payment ${paymentId}: kept ${foreign.map(({ currency }) => currency).join(', ')} of store ${storeId}`
      return foreign.length === 0 && stores.size === 1 ? [] : [told]
    }),
  }
}

/** M3: of all the payments of a reservation one is kept at most. */
async function oneKeptCapture(books: Books): Promise<Finding> {
  const [ledger, payments] = await Promise.all([books.ledger(), readPayments(books)])
  const kept = ledger.flatMap(({ paymentId, keptAmount }) => {
    const payment = payments.get(paymentId)
    return payment && keptAmount > 0 ? [payment] : []
  })
  const byReservation = [...Map.groupBy(kept, (payment) => payment.reservationId)]
  return {
    examined: byReservation.length,
    violations: byReservation.flatMap(([reservationId, own]) => {
      const names = own.map((payment) => payment.portonePaymentId).join(' and ')
      return own.length === 1 ? [] : [`reservation ${reservationId} keeps the money of ${names}`]
    }),
  }
}

/** M4, for each schedule and, by money nobody has a record of, in total. */
async function sumsAgree(books: Books): Promise<Finding> {
  const [ledger, payments, { rows }] = await Promise.all([
    books.ledger(),
    readPayments(books),
    sql<{ scheduleId: string; owed: number }>`
      SELECT event_schedule_id AS "scheduleId", coalesce(sum(total_amount) FILTER (WHERE status = 'CONFIRMED'), 0)::float8
        + coalesce(sum(fee_amount) FILTER (WHERE status = 'CANCELLED'), 0)::float8 AS owed
      FROM reservation_service.reservations GROUP BY event_schedule_id
    `.execute(books.database.db),
  ])
  const owed = new Map(rows.map((row) => [row.scheduleId, row.owed]))
  const kept = Map.groupBy(ledger, ({ paymentId }) => payments.get(paymentId)?.scheduleId ?? 'that we do not know')
  return {
    examined: ledger.length,
    violations: [...new Set([...owed.keys(), ...kept.keys()])].flatMap((scheduleId) => {
      const keptSum = (kept.get(scheduleId) ?? []).reduce((sum, entry) => sum + entry.keptAmount, 0)
      const owedSum = owed.get(scheduleId) ?? 0
      const told = `the provider kept ${keptSum} won, confirmed tickets and fees are ${owedSum} won`
      return keptSum === owedSum ? [] : [`schedule ${scheduleId}: ${told}`]
    }),
  }
}

/** M5: each end of a payment, and its being opened again by late money, is a step of its saga, written in the same transaction. */
const movesOfPayments = `SELECT p.id, p.status, coalesce(string_agg(s.step, ' ' ORDER BY s.at, s.id), '') AS moves
  FROM payment_service.payments p LEFT JOIN payment_service.saga_steps s
    ON s.payment_id = p.id AND s.state = 'DONE' AND s.step IN ('SUCCESS', 'FAILED', 'REOPENED', 'REFUNDED')
  GROUP BY p.id, p.status`

/** M1 to M5 and M7 of reliability.md; M6 is about answers, which the books do not have. */
export const moneyRules: readonly Rule[] = [
  { name: 'every capture is one ticket or one full refund', check: capturedIsTicketOrRefund },
  { name: 'no ticket without a capture of its price', check: ticketHasCapture },
  { name: 'what is kept of a ticket are won of one store', check: capturedAsOrdered },
  { name: 'a reservation keeps the money of one payment', check: oneKeptCapture },
  { name: 'money kept = price of tickets + fees', check: sumsAgree },
  {
    name: 'a payment moves from PENDING to SUCCESS or FAILED, back from FAILED by late money alone, and from SUCCESS to REFUNDED',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM payment_service.payments`,
        broken: `SELECT format('payment %s is %s and has moved: %s', id, status, moves) AS what FROM (${movesOfPayments}) moved
          WHERE regexp_replace(moves, '^(FAILED REOPENED ?)+', '') <> CASE status WHEN 'PENDING' THEN '' WHEN 'REFUNDED' THEN 'SUCCESS REFUNDED' ELSE status END`,
      }),
  },
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
