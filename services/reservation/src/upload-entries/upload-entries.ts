import {
  type TicketVerdict,
  ticketSlotSeconds,
  ticketToleranceSlots,
  verifyTicketCode,
} from '@ticket-queue/contracts/ticket'
import type { Kysely } from 'kysely'
import type { TicketKeys } from '../domain/ticket-keys.ts'
import type { Database } from '../store/database.ts'
import { databaseNowMs, type EntryOutcome, enterSeat, type ShownTicket } from '../store/ticket-entries.ts'

export interface UploadEntriesDeps {
  readonly db: Kysely<Database>
  readonly ticketKeys: TicketKeys
}

interface Scan {
  readonly code: string
  /** The scanner's clock, in Unix ms. */
  readonly scannedAtMs: number
}

type Refused = Extract<TicketVerdict, { ok: false }>['refused']
export type UploadedEntry = EntryOutcome | { readonly outcome: Refused | 'SCANNED_IN_FUTURE' }

/**
 * Writes down whom a scanner without network has let in, judging each code by the time of its scan (RSV-010). Gives an
 * outcome per scan, in the order sent. One scan at a time and each for itself, the earliest first: no scan undoes another,
 * and sending the same list again gives the same outcomes. A genuine ticket that the books refuse is kept as a conflict.
 */
export async function uploadEntries(
  deps: UploadEntriesDeps,
  input: { scheduleId: string; gate: string | null; scannedBy: string; scans: readonly Scan[] },
): Promise<UploadedEntry[]> {
  const latestMs = (await databaseNowMs(deps.db)) + ticketToleranceSlots * ticketSlotSeconds * 1000
  const outcomes = new Map<Scan, UploadedEntry>()
  for (const scan of input.scans.toSorted((a, b) => a.scannedAtMs - b.scannedAtMs)) {
    const future = scan.scannedAtMs > latestMs
    outcomes.set(scan, future ? { outcome: 'SCANNED_IN_FUTURE' } : await uploadOne(deps, { ...input, ...scan }))
  }
  return input.scans.map((scan) => outcomes.get(scan) as UploadedEntry)
}

async function uploadOne(
  { db, ticketKeys: { publicKeys } }: UploadEntriesDeps,
  scan: Scan & { scheduleId: string; gate: string | null; scannedBy: string },
): Promise<UploadedEntry> {
  const { code, scheduleId, gate, scannedBy, scannedAtMs } = scan
  const verdict = await verifyTicketCode(code, { publicKeys, nowMs: scannedAtMs, scheduleId })
  if (!verdict.ok) return { outcome: verdict.refused }
  const shown = { ...verdict.facts, gate, scannedBy, scannedAt: new Date(scannedAtMs) }
  const outcome = await enterSeat(db, shown)
  if (outcome.outcome === 'ENTERED') return outcome
  return (await findOwnEntry(db, shown)) ?? (await keepConflict(db, shown, outcome))
}

/** The entry that this very scan has made before, if its answer was lost and it is sent again. */
async function findOwnEntry(db: Kysely<Database>, shown: ShownTicket & { scannedAt: Date }) {
  const entry = await db
    .selectFrom('ticket_entries as entry')
    .innerJoin('reservations', 'reservations.id', 'entry.reservation_id')
    .innerJoin('reservation_seats as seat', (join) =>
      join.onRef('seat.reservation_id', '=', 'entry.reservation_id').onRef('seat.seat_id', '=', 'entry.seat_id'),
    )
    .select(['entry.entered_at as enteredAt', 'entry.gate', 'seat.seat_number as seatNumber', 'seat.grade'])
    .where('reservations.ticket_number', '=', shown.ticketNumber)
    .where('entry.seat_id', '=', shown.seatId)
    .where('entry.offline', '=', true)
    .where('entry.entered_at', '=', shown.scannedAt)
    .where('entry.gate', 'is not distinct from', shown.gate)
    .where('entry.scanned_by', '=', shown.scannedBy)
    .executeTakeFirst()
  return entry && { outcome: 'ENTERED' as const, ...entry }
}

async function keepConflict(
  db: Kysely<Database>,
  shown: ShownTicket & { scannedAt: Date },
  refused: Exclude<EntryOutcome, { outcome: 'ENTERED' }>,
): Promise<UploadedEntry> {
  await db
    .insertInto('ticket_conflicts')
    .values({
      ticket_number: shown.ticketNumber,
      seat_id: shown.seatId,
      schedule_id: shown.scheduleId,
      reason: refused.outcome,
      gate: shown.gate,
      scanned_at: shown.scannedAt,
      scanned_by: shown.scannedBy,
    })
    .onConflict((same) => same.doNothing())
    .execute()
  return refused
}
