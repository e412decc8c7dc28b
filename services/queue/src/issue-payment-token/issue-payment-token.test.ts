import { randomUUID } from 'node:crypto'
import { readQueueToken } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const input = () => ({ userId: randomUUID(), scheduleId: randomUUID(), reservationId: randomUUID() })

test('a service with a key gets a payment token bound to the reservation; repeated, the same one', async () => {
  const body = input()
  const answer = await service.internally('POST', '/internal/tokens/payment', body)
  expect(answer.statusCode).toBe(200)
  const { token, expiresAt } = answer.json()
  expect(token).toMatch(/^qp_/)
  const facts = await readQueueToken(redis, token)
  expect(facts).toMatchObject({ ...body, type: 'PAYMENT' })
  expect(facts?.expiresAt).toBe(Date.parse(expiresAt))
  expect((await service.internally('POST', '/internal/tokens/payment', body)).json()).toEqual({ token, expiresAt })
})

test('several reservations get theirs in one call, in their order', async () => {
  const reservations = Array.from({ length: 3 }, input)
  const { tokens } = (await service.internally('POST', '/internal/tokens/payment', { reservations })).json()
  for (const [index, one] of reservations.entries()) {
    expect(await readQueueToken(redis, tokens[index].token)).toMatchObject({ ...one, type: 'PAYMENT' })
  }
  const tooMany = Array.from({ length: 51 }, input)
  for (const refused of [tooMany, []]) {
    const answer = await service.internally('POST', '/internal/tokens/payment', { reservations: refused })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
  }
})

test('nobody else gets one: not without a key, and not on the public port', async () => {
  const payload = input()
  const request = { method: 'POST', url: '/internal/tokens/payment', payload } as const
  expect((await service.internalApp.inject(request)).statusCode).toBe(401)
  expect((await service.app.inject(request)).statusCode).toBe(404)
  expect((await service.as(payload.userId)('POST', request.url, payload)).statusCode).toBe(404)
})

test('a body that is not the contract’s is 400', async () => {
  const { reservationId: _, ...incomplete } = input()
  expect((await service.internally('POST', '/internal/tokens/payment', incomplete)).statusCode).toBe(400)
})
