import { drawKeyOf } from '@ticket-queue/draw'
import type { Kysely } from 'kysely'
import { type DrawState, drawStateOf } from '../draw-state.ts'
import type { KnownDraws } from '../known-draws.ts'
import type { Database } from '../store/database.ts'
import { findDraw, recordBeacon as keepBeacon } from '../store/draws.ts'

export interface RecordBeaconDeps {
  readonly db: Kysely<Database>
  readonly draws: KnownDraws
}

export type BeaconRecorded =
  | { state: DrawState }
  | { refused: 'DRAW_NOT_FOUND' | 'DRAW_NOT_CLOSED' | 'BEACON_NOT_AWAITED' }

/** Draws with the value of the beacon that was named in the commitment: from now on the order is known. Once. */
export async function recordBeacon(
  { db, draws }: RecordBeaconDeps,
  { scheduleId, value, recordedBy }: { scheduleId: string; value: string; recordedBy: string },
): Promise<BeaconRecorded> {
  const draw = await findDraw(db, scheduleId)
  if (draw === null) return { refused: 'DRAW_NOT_FOUND' }
  if (draw.status !== 'CLOSED' || draw.closed === null) {
    return {
      refused: draw.status === 'COMMITTED' && draw.terms.beacon !== null ? 'DRAW_NOT_CLOSED' : 'BEACON_NOT_AWAITED',
    }
  }
  const { count, rosterDigest } = draw.closed
  const drawKey = drawKeyOf({ seed: draw.secrets.seed, scheduleId, count, rosterDigest, beaconValue: value })
  if (!(await keepBeacon(db, draw.id, { beaconValue: value, drawKey, recordedBy })))
    return { refused: 'BEACON_NOT_AWAITED' }
  await draws.refresh()
  return { state: drawStateOf({ ...draw, status: 'DRAWN', drawn: { drawKey, beaconValue: value } }) }
}
