import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { queueKey } from './keys.ts'
import { readLine } from './read-line.ts'

const redis = testRedis()

test('a line of more than two pages is shown whole and in order', async () => {
  const scheduleId = randomUUID()
  const line = Array.from({ length: 20_001 }, () => randomUUID())
  await redis.client.zadd(queueKey(scheduleId), ...line.flatMap((userId, score) => [score, userId]))
  const shown: string[] = []
  await readLine(redis, scheduleId, (userId, ahead) => {
    shown[ahead] = userId
  })
  expect(shown).toEqual(line)
})

test('an empty line shows nobody', async () => {
  const shown: string[] = []
  await readLine(redis, randomUUID(), (userId) => void shown.push(userId))
  expect(shown).toEqual([])
})
