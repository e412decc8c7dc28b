import { randomUUID } from 'node:crypto'
import { defaultQueueConfig, enterQueue, type QueueConfig, writeQueueConfig } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

const atOnce = 2_000

/** New people, not in any queue yet. */
export const newPeople = (count: number): string[] => Array.from({ length: count }, () => randomUUID())

/** Lets a schedule's queue grow to any length and sets how it admits; what is left out is as where nobody has configured it. */
export function prepareQueue(redis: RedisClient, scheduleId: string, config: Partial<QueueConfig> = {}): Promise<void> {
  return writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 10_000_000, ...config })
}

/** Puts people into a schedule's queue in their order, by the script that a person's call runs. Gives their IDs. */
export async function fillQueue(redis: RedisClient, scheduleId: string, count: number): Promise<string[]> {
  const people = newPeople(count)
  for (let at = 0; at < people.length; at += atOnce) {
    const entered = await Promise.all(
      people.slice(at, at + atOnce).map((userId) => enterQueue(redis, { scheduleId, userId })),
    )
    const refused = entered.find(({ outcome }) => outcome !== 'waiting')
    if (refused) throw new Error(`A person was to wait but is told ${JSON.stringify(refused)}.`)
  }
  return people
}
