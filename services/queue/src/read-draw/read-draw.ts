import {
  announceDraw,
  type DrawAnnouncement,
  issueReceipt,
  type PublishedDraw,
  publishedDrawOf,
  type Receipt,
  rosterEntriesOf,
  writeCanonical,
} from '@ticket-queue/draw'
import type { Kysely } from 'kysely'
import { type DrawState, drawStateOf } from '../draw-state.ts'
import type { DrawDeps } from '../place-in-draw.ts'
import type { Database } from '../store/database.ts'
import { findDraw, type StoredDraw } from '../store/draws.ts'

export interface ReadDrawDeps extends DrawDeps {
  readonly db: Kysely<Database>
}

type Refused<Code extends string> = { refused: Code }

/** What everybody may know of the draw of a schedule. */
export async function readDraw(deps: ReadDrawDeps, scheduleId: string): Promise<DrawState | Refused<'DRAW_NOT_FOUND'>> {
  const draw = await drawFor(deps, scheduleId)
  return draw === null ? { refused: 'DRAW_NOT_FOUND' } : drawStateOf(draw)
}

/** `announcement.json`: what was published before the pre-queue opened. */
export async function readAnnouncement(
  deps: ReadDrawDeps,
  scheduleId: string,
): Promise<DrawAnnouncement | Refused<'DRAW_NOT_FOUND'>> {
  const draw = await drawFor(deps, scheduleId)
  return draw === null ? { refused: 'DRAW_NOT_FOUND' } : announceDraw(draw.terms, draw.secrets)
}

/** The proof of a person's place in the closed roster and of the position drawn for it, also when Redis has gone. */
export async function readReceipt(
  deps: ReadDrawDeps,
  { scheduleId, userId }: { scheduleId: string; userId: string },
): Promise<Receipt | Refused<'DRAW_NOT_FOUND' | 'DRAW_NOT_DRAWN' | 'NOT_IN_ROSTER'>> {
  const draw = await drawFor(deps, scheduleId)
  if (draw === null) return { refused: 'DRAW_NOT_FOUND' }
  if (draw.closed === null || draw.drawn === null) return { refused: 'DRAW_NOT_DRAWN' }
  const roster = await deps.rosters.load(draw)
  const index = roster.indexOf(userId)
  if (index === null) return { refused: 'NOT_IN_ROSTER' }
  const source = {
    scheduleId: draw.terms.scheduleId,
    commitment: draw.commitment,
    roster: await roster.tree(),
    permutation: roster.permutation(draw.drawn.drawKey),
  }
  return issueReceipt(source, index, roster.entrantIds[index] ?? '')
}

/** `draw.json`, once published. */
export async function readPublishedDraw(
  deps: ReadDrawDeps,
  scheduleId: string,
): Promise<PublishedDraw | Refused<'DRAW_NOT_FOUND' | 'DRAW_NOT_PUBLISHED'>> {
  const draw = await drawFor(deps, scheduleId)
  if (draw === null) return { refused: 'DRAW_NOT_FOUND' }
  const { status, closed, drawn, terms, secrets } = draw
  if (status !== 'PUBLISHED' || closed === null || drawn === null) return { refused: 'DRAW_NOT_PUBLISHED' }
  return publishedDrawOf({ terms, secrets, ...closed, beaconValue: drawn.beaconValue })
}

/** `roster.ndjson`, once published, in pieces of at most `linesPerPiece` lines that are made as they are taken. */
export async function readPublishedRoster(
  deps: ReadDrawDeps,
  scheduleId: string,
): Promise<Iterable<Buffer> | Refused<'DRAW_NOT_FOUND' | 'DRAW_NOT_PUBLISHED'>> {
  const draw = await drawFor(deps, scheduleId)
  if (draw === null) return { refused: 'DRAW_NOT_FOUND' }
  if (draw.status !== 'PUBLISHED' || draw.drawn === null) return { refused: 'DRAW_NOT_PUBLISHED' }
  const { entrantIds } = await deps.rosters.load(draw)
  return piecesOf(draw.drawn.drawKey, entrantIds)
}

const linesPerPiece = 500

function* piecesOf(drawKey: string, entrantIds: readonly string[]): Generator<Buffer> {
  let lines: string[] = []
  for (const entry of rosterEntriesOf(drawKey, entrantIds)) {
    lines.push(writeCanonical(entry))
    if (lines.length < linesPerPiece) continue
    yield Buffer.from(lines.join(''))
    lines = []
  }
  yield Buffer.from(lines.join(''))
}

/** From memory if it is recent, so that a crowd at T-0 does not reach PostgreSQL. */
const drawFor = async ({ db, draws }: ReadDrawDeps, scheduleId: string): Promise<StoredDraw | null> =>
  draws.of(scheduleId) ?? (await findDraw(db, scheduleId))
