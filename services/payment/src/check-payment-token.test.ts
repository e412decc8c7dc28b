import { randomUUID } from 'node:crypto'
import { issueToken, newQueueToken, tokenKey } from '@ticket-queue/lua/queue'
import { describe, expect, test } from 'vitest'
import { outcome, type Purchase, testPaymentService } from './test-payment-service.ts'

const service = await testPaymentService()
const { redis, registered, buyer } = service

const steps = [
  ['POST /payments', async (queueToken: string) => service.register({ ...(await buyer()), queueToken })],
  [
    'POST /payments/confirm',
    async (queueToken: string) => service.confirm({ ...(await registered()), queueToken } satisfies Purchase),
  ],
] as const

describe.each(steps)('%s needs the payment token of this buyer and reservation (QUEUE-004)', (_name, ask) => {
  test('none: 401 QUEUE_TOKEN_MISSING', async () => {
    expect(outcome(await ask(''))).toBe('401 QUEUE_TOKEN_MISSING')
  })

  test.each(['qp_', 'qp_guessed', `${newQueueToken('PAYMENT')}x`, `xx_${'a'.repeat(43)}`, '*'])(
    '%s is no token: 401 QUEUE_TOKEN_INVALID',
    async (token) => {
      expect(outcome(await ask(token))).toBe('401 QUEUE_TOKEN_INVALID')
    },
  )

  test('a seat token, also one that has ended: 403 QUEUE_TOKEN_MISMATCH', async () => {
    expect(outcome(await ask(newQueueToken('RESERVATION')))).toBe('403 QUEUE_TOKEN_MISMATCH')
  })

  test('somebody else’s: 403 QUEUE_TOKEN_MISMATCH', async () => {
    expect(outcome(await ask((await buyer()).queueToken))).toBe('403 QUEUE_TOKEN_MISMATCH')
  })
})

test('the buyer’s token for another reservation, or one that only lets him look at seats: 403 QUEUE_TOKEN_MISMATCH', async () => {
  const who = await buyer()
  const { userId, reservation } = who
  const { scheduleId } = reservation
  const other = await issueToken(redis, { userId, scheduleId: randomUUID(), reservationId: randomUUID() })
  const looking = newQueueToken('RESERVATION')
  const facts = { userId, scheduleId, reservationId: reservation.reservationId, type: 'RESERVATION' }
  await redis.client.set(tokenKey(looking), JSON.stringify({ ...facts, issuedAt: 0, expiresAt: 9e12 }))
  for (const queueToken of [other.token, looking]) {
    expect(outcome(await service.register({ ...who, queueToken }))).toBe('403 QUEUE_TOKEN_MISMATCH')
  }
})

test('POST /payments with a token that has ended, or that nobody has issued: 401 QUEUE_TOKEN_EXPIRED', async () => {
  const who = await buyer()
  await redis.client.del(tokenKey(who.queueToken))
  expect(outcome(await service.register(who))).toBe('401 QUEUE_TOKEN_EXPIRED')
  const queueToken = newQueueToken('PAYMENT')
  expect(outcome(await service.register({ ...(await buyer()), queueToken }))).toBe('401 QUEUE_TOKEN_EXPIRED')
})
