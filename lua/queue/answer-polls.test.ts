import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { type Asking, answerPolls, type PollAnswer, pollsPerCallMax } from './answer-polls.ts'
import { enterQueue } from './enter-queue.ts'
import { gatherPolls } from './gather-polls.ts'
import { activeKey, epochKey, pollsKey, queueKey } from './keys.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'

const redis = testRedis()
const pollsPerMinute = 3

const kinds = ['waits', 'asks early', 'inside', 'silent', 'elsewhere', 'absent', 'lost', 'lost and silent'] as const
type Kind = (typeof kinds)[number]

/** A schedule with one person of each of these kinds, in this order; those inside came first. */
async function room(present: readonly Kind[]) {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 1_000, intervalMs: 60_000 })
  const people: Asking[] = present.map(() => ({ userId: randomUUID() }))
  const enterAll = async (isWanted: (kind: Kind) => boolean) => {
    let epochUs = 0
    for (const [index, { userId }] of people.entries()) {
      const kind = present[index]
      if (kind === undefined || !isWanted(kind)) continue
      const entered = await enterQueue(redis, { scheduleId, userId })
      if (entered.outcome === 'waiting') epochUs = entered.epochUs
    }
    return epochUs
  }
  await enterAll((kind) => kind === 'inside')
  await admitBatch(redis, scheduleId)
  const epochUs = await enterAll((kind) => !['inside', 'absent', 'lost'].includes(kind))
  for (const [index, person] of people.entries()) {
    const [kind, { userId }] = [present[index], person]
    if (kind !== 'asks early') await redis.client.del(pollsKey(userId))
    if (kind === 'silent' || kind === 'lost and silent') await redis.client.del(activeKey(userId))
    if (kind === 'elsewhere') await redis.client.set(activeKey(userId), randomUUID())
    if (kind?.startsWith('lost') && epochUs > 0) {
      person.ticket = { epochUs: epochUs - 10_000, scoreUs: epochUs - 9_000 + index, atMs: Date.now() }
    }
  }
  const line = async () => {
    const inLine = await redis.client.zrange(queueKey(scheduleId), 0, '-1')
    return inLine.map((member) => people.findIndex(({ userId }) => userId === member))
  }
  return { scheduleId, people, line }
}

/** What does not depend on the moment of asking. */
const gist = (answer: PollAnswer | undefined) =>
  answer?.outcome === 'waiting' ? [answer.outcome, answer.ahead, answer.total] : [answer?.outcome]

test('polls answered in one call are answered as one after the other, also those of one person, and leave the same line', async () => {
  const someKinds = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 8 })
  const asks = fc.array(fc.nat(), { minLength: 1, maxLength: 24 })
  await fc.assert(
    fc.asyncProperty(someKinds, asks, async (present, numbers) => {
      const [together, apart] = [await room(present), await room(present)]
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

/** Redis, and how many scripts have been run by it. */
function countingRedis() {
  const count = { calls: 0 }
  const client = new Proxy(redis.client, {
    get: (target, name) => {
      if (name === 'evalsha') count.calls += 1
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { count, counting: { ...redis, client } }
}

test('polls of one turn that have the same terms go to Redis in as few calls as hold them', async () => {
  const { count, counting } = countingRedis()
  const { scheduleId, people } = await room(Array.from({ length: pollsPerCallMax + 10 }, () => 'waits'))
  const other = await room(['waits', 'inside'])
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
  const { count, counting } = countingRedis()
  const { scheduleId, people } = await room(Array.from({ length: pollsPerCallMax }, () => 'waits'))
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
  const { scheduleId, people } = await room(['waits', 'waits'])
  const answerPoll = gatherPolls(redis)
  const askAll = () =>
    Promise.allSettled(people.map(({ userId }) => answerPoll({ scheduleId, userId, pollsPerMinute })))
  await redis.client.rename(queueKey(scheduleId), `${queueKey(scheduleId)}:away`)
  await redis.client.set(queueKey(scheduleId), 'no queue')
  expect((await askAll()).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await redis.client.rename(`${queueKey(scheduleId)}:away`, queueKey(scheduleId))
  expect((await askAll()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
})
