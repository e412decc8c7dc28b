import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { asUser, outcome, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService()
const list = (userId: string, query = '') => service.ask('GET', `/payments${query}`, asUser(userId))
const idsOf = (answer: { json(): { list: { paymentId: string }[] } }) =>
  answer.json().list.map(({ paymentId }) => paymentId)

test('my payments, newest first, in pages counted from 0 (PAY-015)', async () => {
  const userId = randomUUID()
  const mine: string[] = []
  for (let count = 0; count < 5; count += 1) mine.unshift((await service.registered({ userId })).paymentId)
  await service.registered()
  const [first, last] = [await list(userId, '?page=0&size=3'), await list(userId, '?page=1&size=3')]
  expect([idsOf(first), idsOf(last)]).toEqual([mine.slice(0, 3), mine.slice(3)])
  expect(last.json()).toMatchObject({ page: 1, size: 3, totalElements: 5 })
  expect(idsOf(await list(userId))).toEqual(mine)
  expect(first.json().list[0]).toMatchObject({ status: 'PENDING', amount: 198_000 })
})

test('nobody sees another’s, whatever he asks for', async () => {
  const { userId } = await service.registered()
  const answer = await list(randomUUID(), `?userId=${userId}`)
  expect(answer.json()).toEqual({ list: [], page: 0, size: 20, totalElements: 0 })
})

test.each(['?size=0', '?size=101', '?size=1e9', '?page=-1', '?page=x', '?page=1&page=2'])('%s: 400', async (query) => {
  expect(outcome(await list(randomUUID(), query))).toBe('400 VALIDATION_FAILED')
})
