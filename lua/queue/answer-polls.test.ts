import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Asking, answerPolls, type PollAnswer, pollsPerCallMax } from './answer-polls.ts'
import { gatherPolls } from './gather-polls.ts'
import { epochKey, queueKey } from './keys.ts'
import { readPlace } from './read-place.ts'
import { countingRedis, kinds, roomOf } from './test-kinds.ts'

const redis = testRedis()
const pollsPerMinute = 3

/** What does not depend on the moment of asking. */
const gist = (answer: PollAnswer | undefined) =>
  answer?.outcome === 'waiting' ? [answer.outcome, answer.ahead, answer.total] : [answer?.outcome]

test('polls answered in one call are answered as one after the other, also those of one person, and leave the same line', async () => {
  const someKinds = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 8 })
  const asks = fc.array(fc.nat(), { minLength: 1, maxLength: 24 })
  await fc.assert(
    fc.asyncProperty(someKinds, asks, async (present, numbers) => {
      const [together, apart] = [await roomOf(redis, present), await roomOf(redis, present)]
      const order = numbers.map((number) => number % present.length)
      const asking = (people: readonly Asking[]) => order.map((index) => people[index] ?? { userId: randomUUID() })
      const answers = await answerPolls(redis, { ...together, pollsPerMinute }, asking(together.people))
      const expected: PollAnswer[] = []
      for (const person of asking(apart.people)) {
        expected.push(await readPlace(redis, { ...person, scheduleId: apart.scheduleId, pollsPerMinute }))
      }
      expect(answers.map(gist)).toEqual(expected.map(gist))
      expect(await together.line()).toEqual(await apart.line())
    }),
    { numRuns: 60 },
  )
})

test('polls of one turn that have the same terms go to Redis in as few calls as hold them', async () => {
  const { count, counting } = countingRedis(redis)
  const { scheduleId, people } = await roomOf(
    redis,
    Array.from({ length: pollsPerCallMax + 10 }, () => 'waits'),
  )
  const other = await roomOf(redis, ['waits', 'inside'])
  const answerPoll = gatherPolls(counting)
  const ask = (id: string, { userId }: Asking) => answerPoll({ scheduleId: id, userId, pollsPerMinute })
  await readPlace(redis, { scheduleId, userId: randomUUID(), pollsPerMinute })
  const [answers, others] = await Promise.all([
    Promise.all(people.map((person) => ask(scheduleId, person))),
    Promise.all(other.people.map((person) => ask(other.scheduleId, person))),
  ])
  expect(answers.map(gist)).toEqual(people.map((_, ahead) => ['waiting', ahead, people.length]))
  expect(others.map(({ outcome }) => outcome)).toEqual(['waiting', 'active'])
  expect(count.calls).toBe(3)
})

test('polls whose grace after a loss differs, because it counts down, share a call, and the longest grace holds', async () => {
  const { count, counting } = countingRedis(redis)
  const { scheduleId, people } = await roomOf(
    redis,
    Array.from({ length: pollsPerCallMax }, () => 'waits'),
  )
  const answerPoll = gatherPolls(counting)
  await readPlace(redis, { scheduleId, userId: randomUUID(), pollsPerMinute })
  await redis.client.del(epochKey(scheduleId))
  const asked = people.map(({ userId }, n) =>
    answerPoll({ scheduleId, userId, pollsPerMinute, recovery: { restoreMs: 900_000, graceMs: 20_000 + (n % 7) } }),
  )
  expect((await Promise.all(asked)).map(({ outcome }) => outcome)).toEqual(people.map(() => 'waiting'))
  expect(count.calls).toBe(1)
  const [beganMs, graceUntilMs] = await redis.client.hmget(epochKey(scheduleId), 'beganMs', 'graceUntilMs')
  expect(Number(graceUntilMs) - Number(beganMs)).toBe(20_006)
})

test('a call that fails fails everybody in it, and the next ones go on', async () => {
  const { scheduleId, people } = await roomOf(redis, ['waits', 'waits'])
  const answerPoll = gatherPolls(redis)
  const askAll = () =>
    Promise.allSettled(people.map(({ userId }) => answerPoll({ scheduleId, userId, pollsPerMinute })))
  await redis.client.rename(queueKey(scheduleId), `${queueKey(scheduleId)}:away`)
  await redis.client.set(queueKey(scheduleId), 'no queue')
  expect((await askAll()).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await redis.client.rename(`${queueKey(scheduleId)}:away`, queueKey(scheduleId))
  expect((await askAll()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
})
