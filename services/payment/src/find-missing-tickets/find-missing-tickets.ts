import { type InternalReservation, reservationsMax } from '@ticket-queue/contracts/http/reservation'
import { inTransaction } from '@ticket-queue/database'
import { type Log, ServiceCallError } from '@ticket-queue/service-kit'
import { type Kysely, sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { storableText } from '../domain/storable-text.ts'
import type { AskReservation } from '../share-reservations.ts'
import type { Database } from '../store/database.ts'
import { confirmMissing, type Missing, readMissing, settleMissing, writeMissing } from './missing-rows.ts'

export interface FindMissingTicketsDeps {
  readonly db: Kysely<Database>
  readonly log: Log
  /** Of the jobs alone, so that no buyer waits for them. */
  readonly readReservation: AskReservation['read']
}

/** A payment whose money is kept. */
interface Paid {
  readonly paymentId: string
  readonly reservationId: string
}

/** Steps of the sagas that have not been looked at, by their IDs. */
interface Span {
  readonly from: string
  readonly until: string
}

/** Ordinary delays are over by then, and a transaction that was under way has ended long ago: the database allows it half a minute. */
const settlingMinutes = 5
/** In which about thirty purchases end. */
const stepsMax = 250
/** Of one round; what is left comes with the next one. */
const pagesMax = 100
const openMax = 1_000
const whyCharsMax = 300

/**
 * One round: looks once at each payment since five minutes after it was SUCCESS, and again at those whose money is kept without a
 * ticket (M1, decision 0033). It changes nothing but its own books. Rejects where the reservation service is away: then it is as if
 * the rest of the round had not been, and the next one goes on from there.
 */
export async function findMissingTickets(deps: FindMissingTicketsDeps, signal: AbortSignal): Promise<void> {
  await lookAgain(deps, signal)
  let span: Span | null = await readSpan(deps.db)
  for (let pages = 0; span && pages < pagesMax && !signal.aborted; pages += 1) span = await lookAtPage(deps, span)
}

/** A clock that was set back makes nothing unread again. */
function readSpan(db: Kysely<Database>): Promise<Span> {
  return db
    .selectFrom('ticket_comparison')
    .select([
      'compared_until as from',
      sql<string>`greatest(compared_until, uuidv7(make_interval(mins => ${-settlingMinutes})))`.as('until'),
    ])
    .executeTakeFirstOrThrow()
}

/** Looks at what was paid in the first steps of the span, and gives the rest of it; null where nothing is left or another process leads. */
async function lookAtPage(deps: FindMissingTicketsDeps, { from, until }: Span): Promise<Span | null> {
  const { rows } = await sql<{ step: string; paymentId: string | null; reservationId: string | null }>`
    SELECT s.id AS step, p.id AS "paymentId", p.reservation_id AS "reservationId"
    FROM (
      SELECT id, payment_id, step, state FROM saga_steps
      WHERE id > ${from}::uuid AND id < ${until}::uuid ORDER BY id LIMIT ${stepsMax}
    ) AS s LEFT JOIN payments p ON s.step = 'SUCCESS' AND s.state = 'DONE'
      AND p.id = s.payment_id AND p.status = 'SUCCESS' AND p.refund_due_amount IS NULL
    ORDER BY s.id`.execute(deps.db)
  const paid = rows.flatMap(({ paymentId, reservationId }) =>
    paymentId && reservationId ? [{ paymentId, reservationId }] : [],
  )
  const missing = await findMissing(deps, paid)
  const isLast = rows.length < stepsMax
  const reached = isLast ? until : (rows.at(-1)?.step ?? until)
  const isWritten = await inTransaction(deps.db, async (trx) => {
    if (!(await moveOn(trx, from, reached))) return false
    await writeMissing(trx, missing)
    return true
  })
  return isWritten && !isLast ? { from: reached, until } : null
}

/** The place is the fence: who was paused and has been replaced finds another one, and writes nothing. */
async function moveOn(trx: Transaction<Database>, from: string, reached: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('ticket_comparison')
    .set({ compared_until: reached })
    .where('compared_until', '=', from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** The ones looked at longest ago first, so that however many there are each has its turn. */
async function lookAgain({ db, log, ...deps }: FindMissingTicketsDeps, signal: AbortSignal): Promise<void> {
  const open = await readMissing(db, openMax)
  for (let at = 0; at < open.length && !signal.aborted; at += reservationsMax) {
    const page = open.slice(at, at + reservationsMax)
    const missing = await findMissing(
      deps,
      page.filter(({ isKept }) => isKept),
    )
    const isMissing = new Set(missing.map(({ paymentId }) => paymentId))
    const settled = await settleMissing(
      db,
      page.flatMap(({ paymentId }) => (isMissing.has(paymentId) ? [] : [paymentId])),
    )
    const confirmed = await confirmMissing(db, missing)
    if (settled.length > 0) log.info({ paymentIds: settled }, 'money that was kept without a ticket is settled')
    if (confirmed.length > 0)
      log.error({ paymentIds: confirmed }, 'money is kept and there is no ticket for it: a person must look')
  }
}

/** Those of the payments, at most one call's at a time, that have no ticket, or of which it cannot be known. */
async function findMissing(
  { readReservation }: Pick<FindMissingTicketsDeps, 'readReservation'>,
  paid: readonly Paid[],
): Promise<Missing[]> {
  const requestId = uuidv7()
  const missing: Missing[] = []
  for (let at = 0; at < paid.length; at += reservationsMax) {
    const asked = paid.slice(at, at + reservationsMax)
    const read = await Promise.all(
      asked.map(({ paymentId, reservationId }) =>
        readReservation({ reservationId, requestId }).then((found) => whyMissing(found, paymentId), whyUnread),
      ),
    )
    for (const [n, lastOutcome] of read.entries()) {
      const one = asked[n]
      if (one && lastOutcome !== null) missing.push({ paymentId: one.paymentId, lastOutcome })
    }
  }
  return missing
}

/** Null: the ticket is there. */
function whyMissing(reservation: InternalReservation | null, paymentId: string): string | null {
  if (!reservation) return 'There is no such reservation'
  if (reservation.status !== 'CONFIRMED') return `The reservation is ${reservation.status}`
  // The version of the reservation service before does not tell by whom.
  const isAnothers = (reservation.paymentId ?? paymentId) !== paymentId
  return isAnothers ? 'The reservation was paid by another payment' : null
}

/** One that the reservation service stumbles over is a finding: it must neither be overlooked nor hold up the others. */
function whyUnread(error: unknown): string {
  if (!(error instanceof ServiceCallError) || error.unreachable) throw error
  return storableText(`The reservation cannot be read: ${error.message}`.slice(0, whyCharsMax))
}
