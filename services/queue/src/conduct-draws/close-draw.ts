import { setImmediate as afterOthers } from 'node:timers/promises'
import { drawKeyOf, entrantNamer, growRosterTree } from '@ticket-queue/draw'
import { inSlices } from '@ticket-queue/event-streams'
import { closeRoster, readPeople } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import type { KnownDraw } from '../known-draw.ts'
import type { KnownMoments } from '../known-moments.ts'
import { type DrawDeps, latestMomentUs } from '../place-in-draw.ts'
import type { Recoveries } from '../recoveries.ts'
import { isWithoutAnswer, type ReadSchedule } from '../schedules.ts'
import type { Database } from '../store/database.ts'
import { closeRoster as keepRoster } from '../store/draws.ts'
import type { DrawFigures } from './draw-figures.ts'

export interface CloseDrawDeps extends DrawDeps {
  readonly redis: RedisClient
  readonly db: Kysely<Database>
  readonly known: KnownMoments
  readonly recoveries: Recoveries
  readonly readSchedule: ReadSchedule
  readonly log: Log
  readonly drawFigures: DrawFigures
  /** How long the roster stays open after a loss of Redis, so that people come back into it, ms. */
  readonly settleMs: number
}

/** So long after T-0 the roster closes, however often Redis is lost. */
const settleMaxMs = 300_000

/**
 * Closes the roster at T-0: Redis fixes the moment, PostgreSQL keeps who was there, and whoever keeps it first has closed it. Until
 * then a crash changes nothing that anybody has been told. Gives the draw as it is then; null while it is not time.
 */
export async function closeDraw(deps: CloseDrawDeps, draw: KnownDraw): Promise<KnownDraw | null> {
  const dueMs = await dueMsOf(deps, draw)
  if (dueMs === null) return null
  const closedUs = await fixMoment(deps, draw, dueMs)
  if (closedUs === null) return null
  const entrantIds = await readEntrants(deps, draw, closedUs)
  const isClosedHere = await keepEntrants(deps, draw, closedUs, entrantIds)
  if (isClosedHere) deps.drawFigures.lateSeconds.observe(Math.max(0, deps.draws.databaseNowMs() - dueMs) / 1_000)
  await deps.draws.refresh()
  const closed = deps.draws.of(draw.terms.scheduleId)
  return closed?.status === 'COMMITTED' ? null : closed
}

/**
 * T-0 in unix ms: as committed to, or when the sale starts if that has moved later, as far as the event service has told. Null before,
 * and for a show that is off.
 */
export async function dueMsOf({ draws, readSchedule }: CloseDrawDeps, draw: KnownDraw): Promise<number | null> {
  if (draws.databaseNowMs() < draw.closesAtMs) return null
  const schedule = await readSchedule(draw.terms.scheduleId).catch((error: unknown) => {
    if (isWithoutAnswer(error)) return 'untold' as const
    throw error
  })
  if (schedule === 'untold') return draw.closesAtMs
  if (schedule === null || schedule.status === 'CANCELLED' || schedule.eventStatus !== 'OPEN') return null
  return Math.max(draw.closesAtMs, Date.parse(schedule.saleStartAt))
}

/** The moment of closing in µs; null while it is too early, or another process knows more. */
export async function fixMoment(deps: CloseDrawDeps, draw: KnownDraw, dueMs: number): Promise<number | null> {
  const { redis, known, recoveries, settleMs } = deps
  const { scheduleId } = draw.terms
  const recovery = recoveries.of(scheduleId)
  const knownUs = latestMomentUs(deps, scheduleId)
  const closing = await closeRoster(redis, scheduleId, draw.told, { dueMs, settleMs, settleMaxMs, knownUs, recovery })
  if (closing.outcome !== 'closed') return null
  known.see(scheduleId, closing.closedUs)
  return closing.closedUs
}

/** The entrant IDs of everybody whose place is from before the closing, in entry order. */
export async function readEntrants({ redis }: CloseDrawDeps, draw: KnownDraw, closedUs: number): Promise<string[]> {
  const places = new Map<string, number>()
  for await (const page of readPeople(redis, draw.terms.scheduleId)) {
    for (const { userId, scoreUs } of page) if (scoreUs <= closedUs) places.set(userId, scoreUs)
  }
  const inOrder = [...places].sort(([, one], [, other]) => one - other)
  const nameOf = entrantNamer(draw.secrets.salt, draw.terms.scheduleId)
  const entrantIds: string[] = []
  await inSlices(inOrder, ([userId]) => void entrantIds.push(nameOf(userId)))
  return entrantIds
}

/** Keeps the roster, and draws with it where no beacon is awaited. Changes nothing, and gives false, if somebody has closed it before. */
export async function keepEntrants(
  { db, log }: CloseDrawDeps,
  draw: KnownDraw,
  closedUs: number,
  entrantIds: readonly string[],
): Promise<boolean> {
  const { terms, secrets } = draw
  const { scheduleId } = terms
  const { root: rosterDigest, count } = await growRosterTree(entrantIds, afterOthers)
  const key = { seed: secrets.seed, scheduleId, count, rosterDigest, beaconValue: null }
  const drawKey = terms.beacon === null ? drawKeyOf(key) : null
  const closedAt = new Date(closedUs / 1_000).toISOString()
  const kept = await keepRoster(db, draw.id, { closedAt, entrantIds, rosterDigest, drawKey })
  if ('refused' in kept) return false
  log.info({ scheduleId, drawId: draw.id, count, rosterDigest, closedAt }, 'draw closed')
  return true
}
