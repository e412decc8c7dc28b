import type { RedisClient } from '@ticket-queue/redis'
import { z } from 'zod'
import type { CacheTarget } from './cache-keys.ts'

/** A body as it is sent, its entity tag (without quotes), and the life it was stored with. */
export type Entry = { body: string; etag: string; lifeMs: number }

/** What a look into Redis gave. `generation` is what a rebuild that starts now must be stored with. */
export type Stored = { entry: Entry | null; remainingMs: number; generation: string; reachable: boolean }

const noGeneration = 'first'
const headSchema = z.object({ generation: z.string(), etag: z.string(), lifeMs: z.coerce.number() })
const bodyMark = '"body":'

/** Looks an entry up in one round trip; one that a change has made stale counts as absent. Throws if Redis is away. */
export async function readEntry(redis: RedisClient, target: CacheTarget): Promise<Stored> {
  const pipeline = redis.client.pipeline().get(target.generationKey).pttl(target.key)
  const replies = await (target.kind === 'hash'
    ? pipeline.hmget(target.key, 'generation', 'etag', 'lifeMs', 'body')
    : pipeline.get(target.key)
  ).exec()
  const [generationReply, remaining, value] = (replies ?? []).map(([error, reply]) => {
    if (error !== null) throw error
    return reply
  })
  const generation = typeof generationReply === 'string' ? generationReply : noGeneration
  const found = target.kind === 'hash' ? fromHash(value) : fromText(value)
  const current = found !== null && found.generation === generation
  return {
    entry: current ? { body: found.body, etag: found.etag, lifeMs: found.lifeMs } : null,
    remainingMs: Number(remaining),
    generation,
    reachable: true,
  }
}

/** Stores an entry for its life, valid in `generation`. */
export async function writeEntry(
  redis: RedisClient,
  target: CacheTarget,
  { entry, generation }: { entry: Entry; generation: string },
): Promise<void> {
  const { body, etag, lifeMs } = entry
  if (target.kind === 'hash') {
    await redis.client.multi().hset(target.key, { generation, etag, lifeMs, body }).pexpire(target.key, lifeMs).exec()
    return
  }
  const head = JSON.stringify({ generation, etag, lifeMs }).slice(0, -1)
  await redis.client.set(target.key, `${head},${bodyMark}${body}}`, 'PX', lifeMs)
}

function fromHash(value: unknown) {
  if (!Array.isArray(value)) return null
  const [generation, etag, lifeMs, body] = value
  return typeof body === 'string' ? withBody({ generation, etag, lifeMs }, body) : null
}

/** The body is cut out as text: it is sent as it is, so parsing it would be work for nothing. */
function fromText(value: unknown) {
  if (typeof value !== 'string') return null
  const mark = value.indexOf(bodyMark)
  if (mark < 0) return null
  return withBody(JSON.parse(`${value.slice(0, mark)}"":0}`), value.slice(mark + bodyMark.length, -1))
}

function withBody(head: unknown, body: string) {
  const parsed = headSchema.safeParse(head)
  return parsed.success ? { ...parsed.data, body } : null
}
