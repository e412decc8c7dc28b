import { type DrawnPlace, drawnPlacesMax, openDraw, placeDrawn, readPeople } from '@ticket-queue/lua/queue'
import type { DrawnRoster } from '../drawn-rosters.ts'
import { drawnPlaceOf, isEntryPlace, type KnownDraw } from '../known-draw.ts'
import { type CloseDrawDeps, dueMsOf } from './close-draw.ts'

/**
 * Puts the drawn order into the queue of the epoch `epochUs`, and lets admission begin last. Who was not in the roster and still has
 * a place from before goes to the end. Safe to repeat: everybody has one drawn place, whoever computes it. Gives whether it stands.
 */
export async function orderDraw(deps: CloseDrawDeps, draw: KnownDraw, epochUs: number): Promise<boolean> {
  await placeEverybody(deps, draw, epochUs)
  const { outcome } = await openDraw(deps.redis, draw.terms.scheduleId, draw.told, epochUs)
  return outcome === 'opened'
}

/** Lets admission begin in entry order at T-0: the draw has been given up. */
export async function orderVoid(deps: CloseDrawDeps, draw: KnownDraw, epochUs: number): Promise<void> {
  if (draw.closed !== null) {
    await orderDraw(deps, draw, epochUs)
    return
  }
  const dueMs = await dueMsOf(deps, draw)
  if (dueMs === null || deps.draws.databaseNowMs() < dueMs) return
  await openDraw(deps.redis, draw.terms.scheduleId, draw.told, epochUs)
}

/** Gives everybody with a place from before the closing the drawn one, in batches; stops where Redis has moved on meanwhile. */
export async function placeEverybody(
  { redis, rosters }: CloseDrawDeps,
  draw: KnownDraw,
  epochUs: number,
): Promise<void> {
  const { scheduleId } = draw.terms
  const roster = await rosters.load(draw)
  for await (const page of readPeople(redis, scheduleId)) {
    const people = page
      .filter(({ scoreUs }) => isEntryPlace(draw, scoreUs))
      .flatMap(({ userId }) => placeOf(draw, roster, userId) ?? [])
    for (let from = 0; from < people.length; from += drawnPlacesMax) {
      const batch = people.slice(from, from + drawnPlacesMax)
      const placed = await placeDrawn(redis, scheduleId, draw.told, { epochUs, people: batch })
      if (placed.outcome === 'outdated') return
    }
  }
}

/** Null for somebody who keeps the place in entry order. */
function placeOf(draw: KnownDraw, roster: DrawnRoster, userId: string): DrawnPlace | null {
  const index = roster.indexOf(userId)
  if (index === null) return { userId, place: null }
  if (draw.drawn === null) return null
  return { userId, place: drawnPlaceOf(roster.permutation(draw.drawn.drawKey).positionOf(index)) }
}
