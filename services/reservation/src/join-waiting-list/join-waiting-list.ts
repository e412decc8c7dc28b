import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { type Kysely, sql } from 'kysely'
import type { Catalogue } from '../catalogue.ts'
import { describeEntry, type EntryAnswer } from '../domain/describe-entry.ts'
import { isKeptForWheelchairs } from '../domain/kept-for-wheelchairs.ts'
import { hasBit } from '../domain/seat-bits.ts'
import type { Database } from '../store/database.ts'
import { type LimitExceeded, withinPersonLimit } from '../store/person-limit.ts'
import { findLiveEntry } from '../store/waiting-list.ts'

export interface JoinWaitingListDeps {
  readonly db: Kysely<Database>
  readonly catalogue: Catalogue
  readonly waitingListMax: number
}

/** `grade` null: seats of any grade. */
export interface JoinWaitingListInput {
  readonly userId: string
  readonly scheduleId: string
  readonly grade: EntryAnswer['grade']
  readonly count: number
}

export type JoinRefusal =
  | LimitExceeded
  | { refused: 'SCHEDULE_NOT_FOUND' | 'NO_WAITING_LIST' | 'GRADE_UNKNOWN' | 'SALE_NOT_OPEN' | 'WAITING_LIST_FULL' }
  | { refused: 'NOT_SOLD_OUT'; seatsLeft: number }
  | { refused: 'ALREADY_WAITING'; entryId: string }

/**
 * Takes a place in the waiting list of a schedule (decision 0018): behind everybody whose place had been answered before. The
 * same wish again gives the same place. Throws 503 while the event service is away.
 */
export async function joinWaitingList(
  deps: JoinWaitingListDeps,
  input: JoinWaitingListInput,
): Promise<EntryAnswer | JoinRefusal> {
  const schedule = await deps.catalogue.schedule(input.scheduleId)
  if (!schedule) return { refused: 'SCHEDULE_NOT_FOUND' }
  if (schedule.rules.release.policy !== 'WAITING_LIST') return { refused: 'NO_WAITING_LIST' }
  if (schedule.status === 'CANCELLED' || schedule.eventStatus !== 'OPEN') return { refused: 'SALE_NOT_OPEN' }
  if (!(await isOpenNow(deps.db, schedule))) return { refused: 'SALE_NOT_OPEN' }
  const { all, left } = await countSeats(deps.catalogue, input)
  if (all === 0) return { refused: 'GRADE_UNKNOWN' }
  if (left > 0) return { refused: 'NOT_SOLD_OUT', seatsLeft: left }
  const written = await writeWithinLimit(deps, schedule, input)
  return typeof written === 'object' ? written : placeOf(deps.db, schedule, input)
}

/**
 * A seat that somebody is about to pay is not sold: it may come back in a moment, to everybody. A place for a wheelchair that is
 * left, with the seat of who comes along, is no seat to most who ask, and keeps nobody from waiting where there are others.
 */
async function countSeats(catalogue: Catalogue, { scheduleId, grade }: JoinWaitingListInput) {
  const [{ byOrdinal }, sold] = await Promise.all([
    catalogue.inventory(scheduleId),
    catalogue.recentlySoldBits(scheduleId),
  ])
  const wished = byOrdinal.filter((seat) => grade === null || seat.grade === grade)
  const isFree = (ordinal: number) => !hasBit(sold, ordinal)
  const ordinary = wished.filter((seat) => !isKeptForWheelchairs(seat, isFree))
  const counted = ordinary.length > 0 ? ordinary : wished
  return { all: wished.length, left: counted.filter(({ ordinal }) => isFree(ordinal)).length }
}

type Written = 'written' | 'not-written'

function writeWithinLimit(
  deps: JoinWaitingListDeps,
  schedule: InternalSchedule,
  input: JoinWaitingListInput,
): Promise<Written | LimitExceeded> {
  const { eventId, scheduleId, rules } = schedule
  const write = (db: Kysely<Database>) => insertEntry({ ...deps, db }, schedule, input)
  if (rules.perPersonMax === null) return write(deps.db)
  const { userId, count: wanted } = input
  const limit = { userId, eventId, seatsMax: rules.perPersonMax, wanted, instead: { scheduleId } }
  return withinPersonLimit(deps.db, limit, write)
}

/** The statement that writes judges window and room; people who come at the same moment may exceed the room by their number. */
async function insertEntry(
  { db, waitingListMax }: JoinWaitingListDeps,
  schedule: InternalSchedule,
  { userId, scheduleId, grade, count }: JoinWaitingListInput,
): Promise<Written> {
  const { rows } = await sql`
    INSERT INTO waiting_list_entries (schedule_id, user_id, event_id, event_title, event_start_at, grade, seats_wanted)
    SELECT ${scheduleId}::uuid, ${userId}::uuid, ${schedule.eventId}::uuid, ${schedule.eventTitle},
      ${schedule.eventStartAt}::timestamptz, ${grade}, ${count}::int
    WHERE ${isOpen(schedule)} AND (SELECT count(*) FROM (
      SELECT 1 FROM waiting_list_entries
      WHERE schedule_id = ${scheduleId}::uuid AND status = 'WAITING' LIMIT ${waitingListMax}
    ) AS waiting) < ${waitingListMax}
    ON CONFLICT (schedule_id, user_id) WHERE status IN ('WAITING', 'OFFERED') DO NOTHING
    RETURNING id`.execute(db)
  return rows.length === 1 ? 'written' : 'not-written'
}

const isOpen = ({ scheduleId, saleStartAt, saleEndAt }: InternalSchedule) => sql<boolean>`(
  now() >= ${saleStartAt}::timestamptz AND now() < ${saleEndAt}::timestamptz
  AND NOT EXISTS (SELECT 1 FROM cancelled_schedules WHERE cancelled_schedules.schedule_id = ${scheduleId}::uuid)
)`

/** By this database's clock. Seats are looked at only while they are on sale: until then there is nothing to wait for. */
async function isOpenNow(db: Kysely<Database>, schedule: InternalSchedule): Promise<boolean> {
  const { rows } = await sql<{ is_open: boolean }>`SELECT ${isOpen(schedule)} AS is_open`.execute(db)
  return rows[0]?.is_open === true
}

/** The place the person has now, just written or from before. */
async function placeOf(
  db: Kysely<Database>,
  schedule: InternalSchedule,
  input: JoinWaitingListInput,
): Promise<EntryAnswer | JoinRefusal> {
  const row = await findLiveEntry(db, input)
  if (row === null) {
    return { refused: (await isOpenNow(db, schedule)) ? 'WAITING_LIST_FULL' : 'SALE_NOT_OPEN' }
  }
  const isSame = row.grade === input.grade && row.seats_wanted === input.count
  return isSame ? describeEntry(row) : { refused: 'ALREADY_WAITING', entryId: row.id }
}
