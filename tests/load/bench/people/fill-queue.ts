import { randomUUID } from 'node:crypto'
import { defaultQueueConfig, enterQueue, type QueueConfig, writeQueueConfig } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

const atOnce = 2_000

/** New people, not in any queue yet. */
export const newPeople = (count: number): string[] => Array.from({ length: count }, () => randomUUID())

/** Lets a schedule's queue grow to any length and sets how it admits; what is left out is as where nobody has configured it. */
export async function prepareQueue(
  redis: RedisClient,
  scheduleId: string,
  config: Partial<QueueConfig> = {},
): Promise<void> {
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 10_000_000, ...config })
}

export interface FilledQueue {
  /** In the order of the queue. */
  readonly people: string[]
  /** When the last of them has been told to ask again, from now. */
  readonly pollAfterMaxMs: number
}

/** Puts people into a schedule's queue in their order, by the script that a person's call runs. */
export async function fillQueue(redis: RedisClient, scheduleId: string, count: number): Promise<FilledQueue> {
  const people = newPeople(count)
  let pollAfterMaxMs = 0
  for (let at = 0; at < people.length; at += atOnce) {
    const entered = await Promise.all(
      people.slice(at, at + atOnce).map((userId) => enterQueue(redis, { scheduleId, userId })),
    )
    for (const told of entered) {
      if (told.outcome !== 'waiting') throw new Error(`A person was to wait but is told ${JSON.stringify(told)}.`)
      pollAfterMaxMs = Math.max(pollAfterMaxMs, told.pollAfterMs)
    }
  }
  return { people, pollAfterMaxMs }
}
