import { createHash } from 'node:crypto'
import { readHolds } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Catalogue, Inventory } from '../catalogue.ts'
import { checkQueueToken } from '../check-queue-token.ts'
import { bitsOf, ordinalsIn, type SeatBits, without } from '../domain/seat-bits.ts'
import { keepBriefly } from '../keep-briefly.ts'

/** The state of a schedule's seats at one moment, as the JSON texts of its answers. */
export interface SeatStates {
  /** Changes with every change of state: the entity tag of the answers. */
  readonly version: string
  body(format: 'list' | 'bitmap'): string
}

export interface ReadSeatStatesDeps {
  readonly redis: RedisClient
  readonly seatStates: (scheduleId: string) => Promise<SeatStates | null>
}

/** One picture is shared by all who look at a schedule within this time: what thousands of polls cost stays bounded. */
const pictureMs = 200

/**
 * Gives a function for the live state of a schedule's seats (RSV-003), at most 0.7 s old: SOLD as the event service says,
 * HOLD as Redis says, the rest AVAILABLE; a seat that is both is sold. Null for an unknown schedule.
 */
export function createSeatStates(deps: {
  readonly redis: RedisClient
  readonly catalogue: Catalogue
}): ReadSeatStatesDeps['seatStates'] {
  return keepBriefly(pictureMs, async (scheduleId) => {
    if ((await deps.catalogue.schedule(scheduleId)) === null) return null
    const [inventory, soldBits, heldSeatIds] = await Promise.all([
      deps.catalogue.inventory(scheduleId),
      deps.catalogue.soldBits(scheduleId),
      readHolds(deps.redis, scheduleId),
    ])
    const total = inventory.byOrdinal.length
    const held = heldSeatIds.flatMap((id) => inventory.byId.get(id)?.ordinal ?? [])
    const sold = bitsOf(ordinalsIn(soldBits), total)
    return describeStates(scheduleId, inventory, { sold, hold: without(bitsOf(held, total), sold) })
  })
}

/** The state of the seats for somebody whose turn it is, or null for an unknown schedule. Throws the queue token's refusals. */
export async function readSeatStates(
  deps: ReadSeatStatesDeps,
  input: { userId: string; queueToken: string | undefined; scheduleId: string },
): Promise<SeatStates | null> {
  const { userId, queueToken, scheduleId } = input
  await checkQueueToken(deps.redis, { token: queueToken, userId, scheduleId })
  return deps.seatStates(scheduleId)
}

function describeStates(
  scheduleId: string,
  { byOrdinal }: Inventory,
  { sold, hold }: { sold: SeatBits; hold: SeatBits },
): SeatStates {
  const [soldOrdinals, heldOrdinals] = [ordinalsIn(sold), ordinalsIn(hold)]
  const total = byOrdinal.length
  const available = total - soldOrdinals.length - heldOrdinals.length
  const version = createHash('sha256').update(sold).update(hold).digest('base64url').slice(0, 22)
  const seats = { total, available, sold: soldOrdinals.length, hold: heldOrdinals.length }
  const idsOf = (ordinals: readonly number[]) => ordinals.flatMap((ordinal) => byOrdinal[ordinal]?.id ?? [])
  const base64 = (bits: SeatBits) => Buffer.from(bits).toString('base64')
  const bodies = {
    list: onceOnly(() => ({ sold: idsOf(soldOrdinals), hold: idsOf(heldOrdinals) })),
    bitmap: onceOnly(() => ({ sold: base64(sold), hold: base64(hold) })),
  }
  function onceOnly(states: () => object): () => string {
    let text: string | undefined
    return () => {
      text ??= JSON.stringify({ scheduleId, version, seats, ...states() })
      return text
    }
  }
  return { version, body: (format) => bodies[format]() }
}
