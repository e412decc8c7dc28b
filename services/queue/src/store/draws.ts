import { databaseNow, inTransaction, isUniqueViolation } from '@ticket-queue/database'
import { commitmentOf, type DrawSecrets, type DrawTerms } from '@ticket-queue/draw'
import { type Kysely, type Selectable, sql, type UpdateObject } from 'kysely'
import type { Database, DrawsStatus } from './database.ts'

export interface StoredDraw {
  readonly id: string
  readonly status: DrawsStatus
  readonly terms: DrawTerms
  readonly commitment: string
  /** Told to nobody before the draw is PUBLISHED. */
  readonly secrets: DrawSecrets
  /** Null until the roster has closed. */
  readonly closed: { readonly closedAt: string; readonly count: number; readonly rosterDigest: string } | null
  /** Null until drawn. `beaconValue` stays null in a draw without a beacon. */
  readonly drawn: { readonly drawKey: string; readonly beaconValue: string | null } | null
  /** Why it was given up; null unless VOID. */
  readonly voidReason: string | null
  /** The administrator who published it or gave it up; null unless one has. */
  readonly publishedBy: string | null
  readonly voidedBy: string | null
}

const entrantBytes = 32
const entrantsPerPart = 10_000

/** Keeps the commitment of a schedule's draw; refused if the schedule has one already. `committedAt` must be the database's now. */
export async function insertDraw(
  db: Kysely<Database>,
  terms: DrawTerms,
  secrets: DrawSecrets,
  committedBy: string,
): Promise<{ drawId: string } | { refused: 'DRAW_EXISTS' }> {
  const row = {
    schedule_id: terms.scheduleId,
    committed_at: terms.committedAt,
    committed_by: committedBy,
    opens_at: terms.opensAt,
    closes_at: terms.closesAt,
    beacon_source: terms.beacon?.source ?? null,
    beacon_reference: terms.beacon?.reference ?? null,
    commitment: commitmentOf(terms, secrets),
    ...secrets,
  }
  try {
    const { id } = await db.insertInto('draws').values(row).returning('id').executeTakeFirstOrThrow()
    return { drawId: id }
  } catch (error) {
    if (isUniqueViolation(error, 'draws_one_live')) return { refused: 'DRAW_EXISTS' }
    throw error
  }
}

/** The draw of a schedule that counts: one voided before its pre-queue opened does not. */
export async function findDraw(db: Kysely<Database>, scheduleId: string): Promise<StoredDraw | null> {
  const row = await db
    .selectFrom('draws')
    .selectAll()
    .where('schedule_id', '=', scheduleId)
    .where((where) => where.or([where('status', '<>', 'VOID'), where('voided_at', '>=', where.ref('opens_at'))]))
    .executeTakeFirst()
  return row === undefined ? null : storedDraw(row)
}

export interface RecentDraws {
  /** Those that count, at most one a schedule. */
  readonly draws: readonly StoredDraw[]
  /** Those given up before their pre-queue opened. */
  readonly releasedIds: readonly string[]
  /** The database's clock, unix ms. */
  readonly nowMs: number
}

const recentDays = 30
const recentMax = 1_000

/** The draws whose roster closes, or has closed in the last 30 days: at most 1,000, those that close last first. */
export async function readRecentDraws(db: Kysely<Database>): Promise<RecentDraws> {
  const rows = await db
    .selectFrom('draws')
    .selectAll()
    .select(sql<boolean>`status <> 'VOID' or voided_at >= opens_at`.as('counts'))
    .where('closes_at', '>', sql<Date>`now() - make_interval(days => ${recentDays})`)
    .orderBy('closes_at', 'desc')
    .limit(recentMax)
    .execute()
  const nowMs = (await databaseNow(db)).getTime()
  return {
    draws: rows.filter(({ counts }) => counts).map(storedDraw),
    releasedIds: rows.filter(({ counts }) => !counts).map(({ id }) => id),
    nowMs,
  }
}

export interface ClosedRoster {
  readonly closedAt: string
  /** In entry order. */
  readonly entrantIds: readonly string[]
  readonly rosterDigest: string
  /** Null while the value of the beacon is still to come; else the draw is DRAWN with its closing. */
  readonly drawKey: string | null
}

/** Keeps the roster and closes the draw in one transaction: whoever closes first has closed it, and nobody closes it again. */
export async function closeRoster(
  db: Kysely<Database>,
  drawId: string,
  { closedAt, entrantIds, rosterDigest, drawKey }: ClosedRoster,
): Promise<{ closed: true } | { refused: 'NOT_OPEN' }> {
  return inTransaction(db, async (trx) => {
    const open = trx.selectFrom('draws').select('id').where('id', '=', drawId).where('status', '=', 'COMMITTED')
    if ((await open.forUpdate().executeTakeFirst()) === undefined) return { refused: 'NOT_OPEN' }
    for (let first = 0; first < entrantIds.length; first += entrantsPerPart) {
      const part = Buffer.from(entrantIds.slice(first, first + entrantsPerPart).join(''), 'hex')
      const row = { draw_id: drawId, first_index: first, entrant_ids: part }
      await trx.insertInto('draw_roster_parts').values(row).execute()
    }
    await trx
      .updateTable('draws')
      .set({
        status: drawKey === null ? 'CLOSED' : 'DRAWN',
        closed_at: closedAt,
        entrant_count: entrantIds.length,
        roster_digest: rosterDigest,
        draw_key: drawKey,
      })
      .where('id', '=', drawId)
      .execute()
    return { closed: true }
  })
}

/** The entrant IDs of a closed draw in entry order. */
export async function readRoster(db: Kysely<Database>, drawId: string): Promise<string[]> {
  const parts = db.selectFrom('draw_roster_parts').select('entrant_ids').where('draw_id', '=', drawId)
  const entrantIds: string[] = []
  for (const { entrant_ids } of await parts.orderBy('first_index').execute()) {
    for (let at = 0; at < entrant_ids.length; at += entrantBytes) {
      entrantIds.push(entrant_ids.toString('hex', at, at + entrantBytes))
    }
  }
  return entrantIds
}

/** Adds the beacon's value and the key that follows to a closed draw; false if it was not waiting for them. */
export async function recordBeacon(
  db: Kysely<Database>,
  drawId: string,
  { beaconValue, drawKey, recordedBy }: { beaconValue: string; drawKey: string; recordedBy: string },
): Promise<boolean> {
  const beacon = { beacon_value: beaconValue, beacon_at: sql<Date>`now()`, beacon_by: recordedBy }
  return moveDraw(db, drawId, ['CLOSED'], { status: 'DRAWN', ...beacon, draw_key: drawKey })
}

/** From now on seed and salt may be told; false if the draw is not DRAWN. */
export async function markPublished(db: Kysely<Database>, drawId: string, publishedBy: string): Promise<boolean> {
  const changes = { status: 'PUBLISHED', published_at: sql<Date>`now()`, published_by: publishedBy } as const
  return moveDraw(db, drawId, ['DRAWN'], changes)
}

/** Gives a draw up, with the reason for the public; false once its order is known. */
export async function voidDraw(
  db: Kysely<Database>,
  drawId: string,
  { reason, voidedBy }: { reason: string; voidedBy: string },
): Promise<boolean> {
  const changes = { status: 'VOID', voided_at: sql<Date>`now()`, voided_by: voidedBy, void_reason: reason } as const
  return moveDraw(db, drawId, ['COMMITTED', 'CLOSED'], changes)
}

async function moveDraw(
  db: Kysely<Database>,
  drawId: string,
  from: readonly DrawsStatus[],
  changes: UpdateObject<Database, 'draws'>,
): Promise<boolean> {
  const update = db.updateTable('draws').set(changes).where('id', '=', drawId).where('status', 'in', from)
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

function storedDraw(row: Selectable<Database['draws']>): StoredDraw {
  const { closed_at, entrant_count, roster_digest, beacon_source, beacon_reference, draw_key } = row
  return {
    id: row.id,
    status: row.status,
    terms: {
      scheduleId: row.schedule_id,
      committedAt: row.committed_at.toISOString(),
      opensAt: row.opens_at.toISOString(),
      closesAt: row.closes_at.toISOString(),
      beacon:
        beacon_source !== null && beacon_reference !== null
          ? { source: beacon_source, reference: beacon_reference }
          : null,
    },
    commitment: row.commitment,
    secrets: { seed: row.seed, salt: row.salt },
    closed:
      closed_at !== null && entrant_count !== null && roster_digest !== null
        ? { closedAt: closed_at.toISOString(), count: entrant_count, rosterDigest: roster_digest }
        : null,
    drawn: draw_key !== null ? { drawKey: draw_key, beaconValue: row.beacon_value } : null,
    voidReason: row.void_reason,
    publishedBy: row.published_by,
    voidedBy: row.voided_by,
  }
}
