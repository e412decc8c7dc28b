import { createHash } from 'node:crypto'
import { readHolds } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Catalogue } from '../catalogue.ts'
import { checkQueueToken } from '../check-queue-token.ts'
import { packBits } from '../domain/pack-bits.ts'

export interface ReadSeatStatesDeps {
  readonly redis: RedisClient
  readonly catalogue: Catalogue
}

export interface SeatStates {
  readonly scheduleId: string
  /** Changes with every change of state: the ETag of the answer. */
  readonly version: string
  readonly seats: { total: number; available: number; sold: number; hold: number }
  readonly sold: string[]
  readonly hold: string[]
}

export interface SeatBits extends Omit<SeatStates, 'sold' | 'hold'> {
  readonly sold: string
  readonly hold: string
}

interface Input {
  readonly userId: string
  readonly queueToken: string | undefined
  readonly scheduleId: string
}

/**
 * The live state of a schedule's seats (RSV-003): SOLD as the event service says, HOLD as Redis says, the rest
 * AVAILABLE; a seat that is both is sold. Null for an unknown schedule. Throws the queue token's refusals.
 */
export async function readSeatStates(deps: ReadSeatStatesDeps, input: Input): Promise<SeatStates | null> {
  await checkQueueToken(deps.redis, { token: input.queueToken, userId: input.userId, scheduleId: input.scheduleId })
  if ((await deps.catalogue.schedule(input.scheduleId)) === null) return null
  const [inventory, soldSeatIds, heldSeatIds] = await Promise.all([
    deps.catalogue.seats(input.scheduleId),
    deps.catalogue.soldSeatIds(input.scheduleId),
    readHolds(deps.redis, input.scheduleId),
  ])
  const byOrdinal = (a: string, b: string) => (inventory.get(a)?.ordinal ?? 0) - (inventory.get(b)?.ordinal ?? 0)
  const soldSet = new Set(soldSeatIds)
  const sold = [...soldSet].filter((id) => inventory.has(id)).sort(byOrdinal)
  const hold = heldSeatIds.filter((id) => inventory.has(id) && !soldSet.has(id)).sort(byOrdinal)
  const total = inventory.size
  return {
    scheduleId: input.scheduleId,
    version: createHash('sha256').update(sold.join()).update('|').update(hold.join()).digest('base64url').slice(0, 22),
    seats: { total, available: total - sold.length - hold.length, sold: sold.length, hold: hold.length },
    sold,
    hold,
  }
}

/** The same as bit sets over the seats' ordinals, base64, least significant bit first. */
export async function readSeatBits(deps: ReadSeatStatesDeps, input: Input): Promise<SeatBits | null> {
  const states = await readSeatStates(deps, input)
  if (!states) return null
  const inventory = await deps.catalogue.seats(input.scheduleId)
  const bits = (ids: readonly string[]) =>
    packBits(
      ids.flatMap((id) => inventory.get(id)?.ordinal ?? []),
      states.seats.total,
    )
  return { ...states, sold: bits(states.sold), hold: bits(states.hold) }
}
