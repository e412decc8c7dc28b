import type { RedisClient } from '@ticket-queue/redis'
import { z } from 'zod'
import type { AnswerBody } from '../answer-body.ts'
import type { CacheTarget } from './cache-keys.ts'

/** A body as it is sent, and the life it was stored with. */
export type Entry = AnswerBody & { lifeMs: number }

/** What a look into Redis gave. `generation` is what a rebuild that starts now must be stored with. */
export type Stored = { entry: Entry | null; remainingMs: number; generation: string; reachable: boolean }

const noGeneration = 'first'
const headSchema = z.object({ generation: z.string(), etag: z.string(), lifeMs: z.coerce.number() })
type Head = z.infer<typeof headSchema>
const headFields = ['generation', 'etag', 'lifeMs'] as const
const bodyFields = ['body', 'br', 'gzip'] as const
const bodyMark = '"body":'

/**
 * Looks an entry up in one round trip; one that a change has made stale counts as absent. Of a hash whose tag is that of
 * `known` the bodies are not sent again. Throws if Redis is away.
 */
export async function readEntry(redis: RedisClient, target: CacheTarget, known: Entry | null = null): Promise<Stored> {
  const isHash = target.kind === 'hash'
  const pipeline = redis.client.pipeline().get(target.generationKey).pttl(target.key)
  const fields = known === null ? [...headFields, ...bodyFields] : headFields
  const replies = await (isHash ? pipeline.hmgetBuffer(target.key, ...fields) : pipeline.get(target.key)).exec()
  const [generationReply, remaining, value] = (replies ?? []).map(([error, reply]) => {
    if (error !== null) throw error
    return reply
  })
  const generation = typeof generationReply === 'string' ? generationReply : noGeneration
  const stored = { entry: null, remainingMs: Number(remaining), generation, reachable: true }
  if (!isHash) {
    const found = fromText(value)
    return found?.generation === generation ? { ...stored, entry: found.entry } : stored
  }
  const head = headOf(value)
  if (head === null || head.generation !== generation) return stored
  if (known === null) return { ...stored, entry: fromHash(head, value) }
  if (known.etag !== head.etag) return readEntry(redis, target)
  return { ...stored, entry: { ...known, lifeMs: head.lifeMs } }
}

/** Stores an entry for its life, valid in `generation`. */
export async function writeEntry(
  redis: RedisClient,
  target: CacheTarget,
  { entry, generation }: { entry: Entry; generation: string },
): Promise<void> {
  const { plain, br, gzip, etag, lifeMs } = entry
  if (target.kind === 'hash') {
    const coded = { ...(br === null ? {} : { br }), ...(gzip === null ? {} : { gzip }) }
    const fields = { generation, etag, lifeMs, body: plain, ...coded }
    await redis.client.multi().del(target.key).hset(target.key, fields).pexpire(target.key, lifeMs).exec()
    return
  }
  const coded = { br: br?.toString('base64') ?? null, gzip: gzip?.toString('base64') ?? null }
  const head = JSON.stringify({ generation, etag, lifeMs, ...coded }).slice(0, -1)
  await redis.client.set(target.key, `${head},${bodyMark}${plain}}`, 'PX', lifeMs)
}

function headOf(value: unknown): Head | null {
  if (!Array.isArray(value)) return null
  const [generation, etag, lifeMs] = value.slice(0, headFields.length).map((field) => field?.toString())
  return headSchema.safeParse({ generation, etag, lifeMs }).data ?? null
}

function fromHash({ etag, lifeMs }: Head, value: unknown): Entry | null {
  if (!Array.isArray(value)) return null
  const [plain, br, gzip] = value.slice(headFields.length)
  const coded = (body: unknown) => (Buffer.isBuffer(body) ? body : null)
  return Buffer.isBuffer(plain) ? { plain, br: coded(br), gzip: coded(gzip), etag, lifeMs } : null
}

const textHeadSchema = headSchema.extend({ br: z.base64().nullable(), gzip: z.base64().nullable() })

/** The body is cut out as text: it is sent as it is, so parsing it would be work for nothing. */
function fromText(value: unknown): { generation: string; entry: Entry } | null {
  if (typeof value !== 'string') return null
  const mark = value.indexOf(bodyMark)
  if (mark < 0) return null
  const head = textHeadSchema.safeParse(JSON.parse(`${value.slice(0, mark)}"":0}`)).data
  if (head === undefined) return null
  const { generation, etag, lifeMs } = head
  const coded = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64'))
  const plain = Buffer.from(value.slice(mark + bodyMark.length, -1))
  return { generation, entry: { plain, br: coded(head.br), gzip: coded(head.gzip), etag, lifeMs } }
}
