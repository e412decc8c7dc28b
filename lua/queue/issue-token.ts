import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { activeKey, admittedKey, tokenKey, tokenKeyPrefix, userTokensKey } from './keys.ts'
import type { UserInSchedule } from './place-request.ts'
import { newQueueTokens, queueTokenMs } from './queue-token.ts'

const script = defineScript({
  file: new URL('./issue-token.lua', import.meta.url),
  keys: ['people...'],
  args: z.object({ tokenMs: z.int().positive(), tokenKeyPrefix: z.string(), asked: z.array(z.string()) }),
  reply: replies({ issued: { figures: z.array(z.union([z.string(), z.number()])) } }),
})

/** A reservation that somebody is to pay. */
export type PayableReservation = UserInSchedule & { readonly reservationId: string }

/** The token to pay a reservation with, and when it ends, in Unix ms by Redis' clock. */
export interface PaymentToken {
  readonly token: string
  readonly expiresAtMs: number
}

/** Redis answers nobody else while it gives so many. */
const tokensPerCallMax = 16

/**
 * The payment tokens of reservations (QUEUE-004) in their order, each ten minutes from its first issue, up to 16 by one call of Redis. Safe
 * to repeat: the same reservation has the same token.
 */
export async function issueTokens(
  redis: RedisClient,
  reservations: readonly PayableReservation[],
): Promise<PaymentToken[]> {
  const calls = []
  for (let at = 0; at < reservations.length; at += tokensPerCallMax) {
    calls.push(issueTogether(redis, reservations.slice(at, at + tokensPerCallMax)))
  }
  return (await Promise.all(calls)).flat()
}

/** As `issueTokens`, for one. */
export async function issueToken(redis: RedisClient, reservation: PayableReservation): Promise<PaymentToken> {
  const [issued] = await issueTokens(redis, [reservation])
  if (issued === undefined) throw new Error('Redis gave no token')
  return issued
}

async function issueTogether(redis: RedisClient, reservations: readonly PayableReservation[]): Promise<PaymentToken[]> {
  const tokens = newQueueTokens('PAYMENT', reservations.length)
  const people = reservations.flatMap(({ userId, scheduleId }, n) => [
    tokenKey(tokens[n] as string),
    userTokensKey(scheduleId, userId),
    admittedKey(scheduleId),
    activeKey(userId),
  ])
  const asked = reservations.flatMap(({ userId, scheduleId, reservationId }, n) => [
    ...[userId, scheduleId, reservationId].map((id) => z.uuid().parse(id)),
    tokens[n] as string,
  ])
  const args = { tokenMs: queueTokenMs, tokenKeyPrefix: redis.keyPrefix + tokenKeyPrefix, asked }
  const { figures } = await script(redis, { people }, args)
  return reservations.map((_, n) => ({
    token: String(figures[2 * n]),
    expiresAtMs: z.number().parse(figures[2 * n + 1]),
  }))
}
