import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import type { Portone } from '../portone/portone.ts'
import type { Database } from '../store/database.ts'
import { type Day, nextPlace, type Place, pageOf } from './next-place.ts'
import { type Told, writeDifferences } from './write-differences.ts'

export interface CompareDayDeps {
  readonly db: Kysely<Database>
  readonly portone: Portone
}

export type Compared =
  | { readonly outcome: 'finished'; readonly differences: number }
  /** PortOne gave no usable answer, or the process ends: whoever leads next goes on from the same page. */
  | { readonly outcome: 'unclear'; readonly why: string }
  /** Another process leads now. */
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'done before' }

/** A day of PortOne's, in Asia/Seoul, and the right to write what comparing it finds. */
interface Lead extends Place {
  readonly day: string
  readonly fence: number
  readonly span: Day
}

const pageSizeMax = 500
const unlistedSize = 50

/**
 * Compares PortOne's lists of a day (`YYYY-MM-DD` in Asia/Seoul), of what was made on it and of what has changed on it, with our
 * payments, page by page, from where an earlier attempt has come to; then asks about each SUCCESS of ours that no list has named.
 * Every page and what it has found are one transaction that holds only while `fence` is the leader's: who was paused and has been
 * replaced writes nothing.
 */
export async function compareDay(
  deps: CompareDayDeps,
  day: string,
  signal: AbortSignal,
  size = pageSizeMax,
): Promise<Compared> {
  const lead = await takeLead(deps.db, day)
  if (!lead) return { outcome: 'done before' }
  let differences = 0
  let place: Place | null = lead
  while (place) {
    const { by, from, until }: Place = place
    const listed = await deps.portone.list({ by, from, until, page: pageOf(place), size })
    if (listed.outcome === 'unknown') return { outcome: 'unclear', why: listed.why }
    if (signal.aborted) return { outcome: 'unclear', why: 'the process ends or has lost the lock' }
    const { payments, totalCount } = listed.page
    const next = nextPlace(place, { totalCount, size, day: lead.span })
    const told = payments.map((there) => ({ portonePaymentId: there.id, there }))
    const found = await writeFenced(deps.db, { lead, told, place: next })
    if (found === null) return { outcome: 'superseded' }
    differences += found
    place = next
  }
  const asked = await askAboutUnlisted(deps, lead, signal)
  return asked.outcome === 'finished' ? { ...asked, differences: asked.differences + differences } : asked
}

/** The next fence of a day that is not finished, and where it stands. Whoever had the one before can write no more. */
async function takeLead(db: Kysely<Database>, day: string): Promise<Lead | null> {
  const beginning = sql`${day}::date::timestamp AT TIME ZONE 'Asia/Seoul'`
  const end = sql`(${day}::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul'`
  const { rows } = await sql<Place & Day & { fence: number }>`
    INSERT INTO comparisons AS c (day, listed_from, listed_until) VALUES (${day}::date, ${beginning}, ${end})
    ON CONFLICT (day) DO UPDATE SET fence = c.fence + 1, tried_at = clock_timestamp() WHERE c.finished_at IS NULL
    RETURNING c.fence, c.listed_by AS by, c.listed_from AS "from", c.listed_until AS "until", c.pages_left AS "pagesLeft",
      ${beginning} AS begins, ${end} AS ends`.execute(db)
  if (!rows[0]) return null
  const { begins, ends, ...stands } = rows[0]
  return { ...stands, day, span: { begins, ends } }
}

/** Writes what a page has shown, and the next place, while the lead lasts: gives the number of differences, else null. */
async function writeFenced(
  db: Kysely<Database>,
  { lead, told, place }: { lead: Lead; told: readonly Told[]; place: Place | null },
): Promise<number | null> {
  return inTransaction(db, async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('comparisons')
      .set({
        payments_compared: sql<number>`payments_compared + ${told.length}`,
        ...(place ? columnsOf(place) : {}),
      })
      .where('day', '=', sql<Date>`${lead.day}::date`)
      .where('fence', '=', lead.fence)
      .where('finished_at', 'is', null)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 0n ? null : writeDifferences(trx, { day: lead.day, told })
  })
}

const columnsOf = ({ by, from, until, pagesLeft }: Place) => ({
  listed_by: by,
  listed_from: from,
  listed_until: until,
  pages_left: pagesLeft,
})

/**
 * A payment is in PortOne's list of the day its window was opened, which may be later than ours: the last hour of a day is
 * judged with the next one.
 */
async function askAboutUnlisted(deps: CompareDayDeps, lead: Lead, signal: AbortSignal): Promise<Compared> {
  let differences = 0
  for (;;) {
    const unlisted = await findUnlisted(deps.db, lead.day)
    if (unlisted.length === 0) break
    const told: Told[] = []
    for (const portonePaymentId of unlisted) {
      const read = await deps.portone.read(portonePaymentId)
      if (read.outcome === 'unknown') return { outcome: 'unclear', why: read.why }
      told.push({ portonePaymentId, there: read.outcome === 'found' ? read.payment : null })
    }
    if (signal.aborted) return { outcome: 'unclear', why: 'the process ends or has lost the lock' }
    const found = await writeFenced(deps.db, { lead, told, place: null })
    if (found === null) return { outcome: 'superseded' }
    differences += found
  }
  const finished = await finish(deps.db, lead)
  return finished ? { outcome: 'finished', differences } : { outcome: 'superseded' }
}

async function findUnlisted(db: Kysely<Database>, day: string): Promise<string[]> {
  const rows = await db
    .selectFrom('payments')
    .select('portone_payment_id')
    .where('status', '=', 'SUCCESS')
    .where('compared_at', 'is', null)
    .where('created_at', '>=', sql<Date>`${day}::date::timestamp AT TIME ZONE 'Asia/Seoul' - interval '1 hour'`)
    .where('created_at', '<', sql<Date>`(${day}::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul' - interval '1 hour'`)
    .orderBy('created_at')
    .limit(unlistedSize)
    .execute()
  return rows.map((row) => row.portone_payment_id)
}

async function finish(db: Kysely<Database>, lead: Lead): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('comparisons')
    .set({ finished_at: sql<Date>`now()` })
    .where('day', '=', sql<Date>`${lead.day}::date`)
    .where('fence', '=', lead.fence)
    .where('finished_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
