import { randomBytes } from 'node:crypto'
import { gatherCalls, type RedisClient } from '@ticket-queue/redis'
import { z } from 'zod'
import { tokenKey } from './keys.ts'

export type QueueTokenType = 'RESERVATION' | 'PAYMENT'

/** How long a queue token lives (QUEUE-003). */
export const queueTokenMs = 600_000

const tokenBytes = 32
const prefixes = { RESERVATION: 'qr_', PAYMENT: 'qp_' } as const satisfies Record<QueueTokenType, string>
const tokenPattern = /^q[rp]_[A-Za-z0-9_-]{43}$/

const queueTokenSchema = z.object({
  userId: z.uuid(),
  scheduleId: z.uuid(),
  type: z.enum(['RESERVATION', 'PAYMENT']),
  /** Unix ms, Redis time. */
  issuedAt: z.int(),
  /** Unix ms, Redis time. */
  expiresAt: z.int(),
  /** What a payment token pays for. */
  reservationId: z.uuid().optional(),
})

export type QueueToken = z.infer<typeof queueTokenSchema>

/** A fresh token: `qr_` or `qp_` (QUEUE-004) and 256 random bits, so that nobody can guess or count one. */
export const newQueueToken = (type: QueueTokenType): string =>
  prefixes[type] + randomBytes(tokenBytes).toString('base64url')

/** Fresh tokens for a whole batch, from one draw of random bits: a draw for each costs more than all the rest of an admission. */
export function newQueueTokens(type: QueueTokenType, count: number): string[] {
  const bits = randomBytes(tokenBytes * count)
  return Array.from(
    { length: count },
    (_, index) => prefixes[type] + bits.toString('base64url', index * tokenBytes, (index + 1) * tokenBytes),
  )
}

/** Whether a string looks like a token of ours: one that does but is unknown to Redis has ended. */
export const isQueueTokenShaped = (token: string): boolean => tokenPattern.test(token)

/** What a queue token stands for, or null if it has ended or never was one. Whose it is must be compared by the caller. */
export const readQueueToken = async (redis: RedisClient, token: string): Promise<QueueToken | null> => {
  if (!isQueueTokenShaped(token)) return null
  return tokenOf(await redis.client.get(tokenKey(token)))
}

export type ReadQueueToken = (token: string) => Promise<QueueToken | null>

/** Redis answers nobody else while it reads so many. */
const readTogetherMax = 50

/** Gives a `readQueueToken` whose calls of one turn of the event loop share a command. Rejects if Redis cannot be asked. */
export function gatherQueueTokens(redis: RedisClient): ReadQueueToken {
  const read = gatherCalls((tokens: readonly string[]) => redis.client.mget(tokens.map(tokenKey)), {
    itemsMax: readTogetherMax,
  })
  return async (token) => (isQueueTokenShaped(token) ? tokenOf(await read(token)) : null)
}

const tokenOf = (value: string | null): QueueToken | null =>
  value === null ? null : queueTokenSchema.parse(JSON.parse(value))

const askedAtOnce = 1_000

/** Which of many tokens still live, in their order. */
export const areQueueTokensAlive = async (redis: RedisClient, tokens: readonly string[]): Promise<boolean[]> => {
  const alive: boolean[] = []
  for (let from = 0; from < tokens.length; from += askedAtOnce) {
    const values = await redis.client.mget(tokens.slice(from, from + askedAtOnce).map(tokenKey))
    alive.push(...values.map((value) => value !== null))
  }
  return alive
}
