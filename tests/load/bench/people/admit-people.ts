import { closeSync, openSync, writeSync } from 'node:fs'
import { newQueueToken, queueTokenMs, tokenKey } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { newPeople } from './fill-queue.ts'
import type { Mint } from './mint-tokens.ts'

const atOnce = 1_000

/** Somebody who is to be let in: into which schedule, and what the request says, if anything. */
export interface Newcomer {
  readonly scheduleId: string
  readonly body?: object
}

/** New people whose turn it is in a schedule, with tokens as admission gives them, written to a file for the generator. */
export async function admitPeople(
  deps: { readonly redis: RedisClient; readonly mint: Mint },
  newcomers: readonly Newcomer[],
  file: string,
): Promise<void> {
  const [seconds = 0] = (await deps.redis.client.time()).map(Number)
  const issuedAt = seconds * 1_000
  const people = newPeople(newcomers.length)
  const handle = openSync(file, 'w')
  try {
    for (let at = 0; at < people.length; at += atOnce) {
      const pipeline = deps.redis.client.pipeline()
      for (const [index, userId] of people.slice(at, at + atOnce).entries()) {
        const { scheduleId, body } = newcomers[at + index] as Newcomer
        const token = newQueueToken('RESERVATION')
        const facts = { userId, scheduleId, type: 'RESERVATION', issuedAt, expiresAt: issuedAt + queueTokenMs }
        pipeline.set(tokenKey(token), JSON.stringify(facts), 'PX', queueTokenMs)
        const headers = { authorization: `Bearer ${deps.mint.token(userId)}`, 'x-queue-token': token }
        writeSync(handle, `${JSON.stringify(body ? { headers, body: JSON.stringify(body) } : { headers })}\n`)
      }
      await pipeline.exec()
    }
  } finally {
    closeSync(handle)
  }
}
