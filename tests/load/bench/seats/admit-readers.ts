import { closeSync, openSync, writeSync } from 'node:fs'
import { newQueueToken, queueTokenMs, tokenKey } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { newPeople } from '../people/fill-queue.ts'
import type { Mint } from '../people/mint-tokens.ts'

const atOnce = 1_000

/** People whose turn it is in a schedule, with tokens as admission gives them, written to a file for the generator. */
export async function admitReaders(
  deps: { readonly redis: RedisClient; readonly mint: Mint },
  { scheduleId, count, file }: { scheduleId: string; count: number; file: string },
): Promise<void> {
  const [seconds = 0] = (await deps.redis.client.time()).map(Number)
  const issuedAt = seconds * 1_000
  const people = newPeople(count)
  const handle = openSync(file, 'w')
  try {
    for (let at = 0; at < people.length; at += atOnce) {
      const pipeline = deps.redis.client.pipeline()
      for (const userId of people.slice(at, at + atOnce)) {
        const token = newQueueToken('RESERVATION')
        const facts = { userId, scheduleId, type: 'RESERVATION', issuedAt, expiresAt: issuedAt + queueTokenMs }
        pipeline.set(tokenKey(token), JSON.stringify(facts), 'PX', queueTokenMs)
        const headers = { authorization: `Bearer ${deps.mint.token(userId)}`, 'x-queue-token': token }
        writeSync(handle, `${JSON.stringify({ headers })}\n`)
      }
      await pipeline.exec()
    }
  } finally {
    closeSync(handle)
  }
}
