import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { commitHold, holdSeats, releaseSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'

export interface ChangingHolds {
  /** Gives all seats back; tells how many holds were made and released. */
  stop(): Promise<{ changes: number }>
}

const holdMs = 600_000
const seatsEach = 2
const everyMs = 50

/**
 * Holds two seats and gives the oldest two back, `changesPerSecond` times a second, with about `heldMax` seats held at a
 * time: by the scripts that a hold runs, without its row, because rows are another bench's matter.
 */
export function changeHolds(
  redis: RedisClient,
  {
    scheduleId,
    seatIds,
    changesPerSecond,
    heldMax,
  }: {
    readonly scheduleId: string
    readonly seatIds: readonly string[]
    readonly changesPerSecond: number
    readonly heldMax: number
  },
): ChangingHolds {
  const held: { reservationId: string; seatIds: string[] }[] = []
  const beganAtMs = performance.now()
  let changes = 0
  let next = 0
  let isStopped = false

  const change = async () => {
    changes += 1
    const chosen = Array.from({ length: seatsEach }, (_, index) => seatIds[(next + index * 7) % seatIds.length] ?? '')
    next += 13
    const hold = { scheduleId, reservationId: randomUUID(), seatIds: chosen }
    const { outcome } = await holdSeats(redis, hold)
    if (outcome === 'held') {
      await commitHold(redis, { ...hold, remainingMs: holdMs })
      held.push(hold)
    }
    const oldest = held.length * seatsEach > heldMax ? held.shift() : undefined
    if (oldest !== undefined) await releaseSeats(redis, { scheduleId, ...oldest })
  }
  const run = async () => {
    while (!isStopped) {
      const due = ((performance.now() - beganAtMs) / 1_000) * changesPerSecond
      while (!isStopped && changes < due) await change()
      await pause(everyMs)
    }
  }
  const running = run()
  return {
    stop: async () => {
      isStopped = true
      await running
      for (const hold of held) await releaseSeats(redis, { scheduleId, ...hold })
      return { changes }
    },
  }
}
