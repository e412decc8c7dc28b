import { randomUUID } from 'node:crypto'
import { enterQueue, readPlace } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { advisePoll } from './advise-poll.ts'

const redis = testRedis()

test('a stream advises exactly what a poll advises, at every place and rate', async () => {
  for (const perSecond of [0, 0.05, 1, 7.5, 10, 1_000]) {
    const scheduleId = randomUUID()
    const userIds = Array.from({ length: 40 }, () => randomUUID())
    for (const userId of userIds) await enterQueue(redis, { scheduleId, userId, perSecond })
    for (const [ahead, userId] of userIds.entries()) {
      const told = await enterQueue(redis, { scheduleId, userId, perSecond })
      expect(told).toMatchObject({ outcome: 'waiting', ahead, pollAfterMs: advisePoll(ahead, perSecond) })
    }
  }
  const nobody = { scheduleId: randomUUID(), userId: randomUUID(), pollsPerMinute: 15 }
  expect((await readPlace(redis, nobody)).outcome).toBe('absent')
})
