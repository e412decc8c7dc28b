import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { type EntryAnswer, type EntryTerms, enterQueue, enterTogether, entriesPerCallMax } from './enter-queue.ts'
import { gatherEntries } from './gather-entries.ts'
import { activeKey, epochKey, logKey, newcomersKey, pollsKey, queueKey } from './keys.ts'
import { defaultQueueConfig, type QueueConfig, writeQueueConfig } from './queue-config.ts'
import { countingRedis, kinds, roomOf } from './test-kinds.ts'
import { redisNowMs } from './test-room.ts'

const redis = testRedis()
const connections = [redis, redis.duplicate(), redis.duplicate(), redis.duplicate()]
afterAll(() => Promise.all(connections.slice(1).map((connection) => connection.close())))

const work = { baseBits: 10, maxBits: 16, freeAccountsPerAddress: 2, onlyCrowded: true }
const networks = ['carrier', 'campus']
const people = (count: number) => Array.from({ length: count }, () => ({ userId: randomUUID() }))
const openQueue = async (changes: Partial<QueueConfig> = {}) => {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, ...changes })
  return scheduleId
}

/** What does not depend on the moment of entry. */
const gist = (answer: EntryAnswer) => {
  if (answer.outcome === 'waiting') return [answer.outcome, answer.ahead, answer.total]
  return answer.outcome === 'owing' ? [answer.outcome, answer.bits] : [answer.outcome]
}
const placesIn = (answers: readonly EntryAnswer[]) =>
  answers.map((answer) => (answer.outcome === 'waiting' ? answer.scoreUs : 0))
const lineOf = (scheduleId: string) => redis.client.zrange(queueKey(scheduleId), 0, '-1')

/** Who did what, in order, however many an entry of the log tells of. */
async function deedsOf(scheduleId: string) {
  const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
  return entries.flatMap(([, [, kind, name, users = '']]) =>
    name === 'u' ? users.split(',').map((userId) => [kind, userId] as const) : [],
  )
}

const entry = fc.record({ who: fc.nat(), network: fc.nat(1), proof: fc.constantFrom('none', 'late', 'good') })
const terms = fc.record({ capacity: fc.constantFrom(1, 3, 6, 100_000), isWorkOwed: fc.boolean() })

test('entries of one call are answered as one after the other, also those of one person, and leave the same line, log and networks', async () => {
  const someKinds = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 8 })
  const entries = fc.array(entry, { minLength: 1, maxLength: entriesPerCallMax })
  await fc.assert(
    fc.asyncProperty(someKinds, entries, terms, async (present, asked, { capacity, isWorkOwed }) => {
      const nowMs = await redisNowMs(redis)
      const proofEndsMs = { none: 0, late: nowMs - 1, good: nowMs + 60_000 }
      const play = async (enterAll: typeof enterTogether) => {
        const room = await roomOf(redis, present)
        const { scheduleId } = room
        await writeQueueConfig(redis, scheduleId, { capacity, proofOfWork: isWorkOwed ? work : null })
        const entering = asked.map(({ who, network, proof }) => ({
          ...(room.people[who % present.length] ?? { userId: randomUUID() }),
          network: networks[network] ?? '',
          proofEndsMs: proofEndsMs[proof as keyof typeof proofEndsMs],
        }))
        const answers = await enterAll(redis, { scheduleId, entersPerMinute: 3 }, entering)
        const indexOf = (userId: string) => room.people.findIndex((person) => person.userId === userId)
        const newcomers = networks.map((network) => redis.client.zrange(newcomersKey(scheduleId, network), 0, '-1'))
        return {
          answers: answers.map(gist),
          line: await room.line(),
          log: (await deedsOf(scheduleId)).map(([kind, userId]) => [kind, indexOf(userId)]),
          networks: (await Promise.all(newcomers)).map((userIds) => userIds.map(indexOf)),
        }
      }
      const oneByOne: typeof enterTogether = async (client, terms, entering) => {
        const answers: EntryAnswer[] = []
        for (const one of entering) answers.push(await enterQueue(client, { ...terms, ...one }))
        return answers
      }
      expect(await play(enterTogether)).toEqual(await play(oneByOne))
    }),
    { numRuns: 80 },
  )
})

test('those of one call have places in its order, each later than the one before, and one entry of the log tells of all', async () => {
  const scheduleId = await openQueue()
  const [before, after] = [people(3), people(entriesPerCallMax)]
  for (const { userId } of before) await enterQueue(redis, { scheduleId, userId })
  const answers = await enterTogether(redis, { scheduleId }, after)
  const places = placesIn(answers)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(new Set(places).size).toBe(after.length)
  expect(answers.map(gist)).toEqual(after.map((_, n) => ['waiting', n + 3, n + 4]))
  expect(await lineOf(scheduleId)).toEqual([...before, ...after].map(({ userId }) => userId))
  const last = (await redis.client.xrange(logKey(scheduleId), '-', '+')).at(-1)?.[1]
  expect(last).toEqual(['k', 'joined', 'u', after.map(({ userId }) => userId).join(), 's', places.join()])
})

test('one account has one place however often it is in the calls of four processes at once', async () => {
  const scheduleId = await openQueue()
  const accounts = people(20)
  const takers = connections.map((connection) => gatherEntries(connection))
  const entering = takers.flatMap((take) =>
    [...accounts, ...accounts].map(({ userId }) => take({ scheduleId, userId })),
  )
  const places = placesIn(await Promise.all(entering))
  const placesOf = accounts.map((_, n) => new Set(places.filter((_place, index) => index % accounts.length === n)).size)
  expect(placesOf).toEqual(accounts.map(() => 1))
  expect(new Set(await lineOf(scheduleId))).toEqual(new Set(accounts.map(({ userId }) => userId)))
  expect((await deedsOf(scheduleId)).map(([kind]) => kind)).toEqual(accounts.map(() => 'joined'))
})

test('a queue that fills up in the middle of a call takes those before, and refuses those behind', async () => {
  const scheduleId = await openQueue({ capacity: 5 })
  const [crowd, [late = { userId: '' }]] = [people(8), people(1)]
  const answers = await enterTogether(redis, { scheduleId }, [...crowd, ...crowd.slice(3, 6), late])
  const outcomes = [...Array(5).fill('waiting'), 'full', 'full', 'full', 'waiting', 'waiting', 'full', 'full']
  expect(answers.map(({ outcome }) => outcome)).toEqual(outcomes)
  expect(await lineOf(scheduleId)).toEqual(crowd.slice(0, 5).map(({ userId }) => userId))
})

test('who has left without a word makes room in the middle of a call, and the log tells it in the order in which it happened', async () => {
  const scheduleId = await openQueue({ capacity: 3 })
  const [[gone = { userId: '' }], newcomers] = [people(1), people(4)]
  await enterQueue(redis, { scheduleId, ...gone })
  await redis.client.del(activeKey(gone.userId))
  const answers = await enterTogether(redis, { scheduleId }, newcomers)
  expect(answers.map(({ outcome }) => outcome)).toEqual(['waiting', 'waiting', 'waiting', 'full'])
  const [first, second, third] = newcomers.map(({ userId }) => ['joined', userId])
  expect(await deedsOf(scheduleId)).toEqual([['joined', gone.userId], first, second, ['expired', gone.userId], third])
})

test('the capacity holds exactly when many calls come at once over four connections', async () => {
  const scheduleId = await openQueue({ capacity: 50 })
  const takers = connections.map((connection) => gatherEntries(connection))
  const entering = people(200).map(({ userId }, n) => takers[n % takers.length]?.({ scheduleId, userId }))
  const outcomes = (await Promise.all(entering)).map((answer) => answer?.outcome)
  expect([outcomes.filter((one) => one === 'waiting'), await lineOf(scheduleId)].map(({ length }) => length)).toEqual([
    50, 50,
  ])
})

test('a ticket of a lost queue brings its owner back in front, whoever is before in the call', async () => {
  const scheduleId = await openQueue()
  const [first, owner, last] = people(3)
  if (!first || !owner || !last) throw new Error('there are three')
  const nowMs = await redisNowMs(redis)
  const ticket = { epochUs: (nowMs - 60_000) * 1_000, scoreUs: (nowMs - 59_000) * 1_000, atMs: nowMs }
  const answers = await enterTogether(redis, { scheduleId }, [first, { ...owner, ticket }, last])
  expect(answers.map(gist)).toEqual([
    ['waiting', 0, 1],
    ['waiting', 0, 2],
    ['waiting', 2, 3],
  ])
  expect(await deedsOf(scheduleId)).toEqual([
    ['joined', first.userId],
    ['restored', owner.userId],
    ['joined', last.userId],
  ])
  expect(await lineOf(scheduleId)).toEqual([owner, first, last].map(({ userId }) => userId))
})

test('places of one call differ though somebody behind shows that the epoch began with a loss', async () => {
  const scheduleId = await openQueue()
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  const epochUs = Number(await redis.client.hget(epochKey(scheduleId), 'us'))
  await redis.client.hset(epochKey(scheduleId), 'lostUs', epochUs - 2_000)
  const [cameBack, behind] = people(2) as [{ userId: string }, { userId: string }]
  const ticket = { epochUs, scoreUs: epochUs, atMs: await redisNowMs(redis) }
  const answers = await enterTogether(redis, { scheduleId, knownUs: epochUs - 1_000 }, [
    { ...cameBack, ticket },
    behind,
  ])
  const [first = 0, second = 0] = placesIn(answers)
  expect(second).toBeGreaterThan(first)
})

test('the accounts of a network owe more work within a call too, and keep their turns whatever their IDs', async () => {
  const scheduleId = await openQueue({ proofOfWork: { ...work, onlyCrowded: false } })
  const network = 'carrier'
  const descending = people(entriesPerCallMax).toSorted((a, b) => (a.userId < b.userId ? 1 : -1))
  const ask = async () => {
    for (const { userId } of descending) await redis.client.del(pollsKey(userId))
    const answers = await enterTogether(
      redis,
      { scheduleId },
      descending.map((one) => ({ ...one, network })),
    )
    return answers.map((answer) => (answer.outcome === 'owing' ? answer.bits : answer.outcome))
  }
  const owed = [10, 10, 11, 11, ...Array(4).fill(12), ...Array(8).fill(13)]
  expect([await ask(), await ask()]).toEqual([owed, owed])
})

test('entries of one turn that have the same terms go to Redis in as few calls as hold them', async () => {
  const { count, counting } = countingRedis(redis)
  const [scheduleId, other] = [await openQueue(), await openQueue()]
  const take = gatherEntries(counting)
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  const enter = (terms: EntryTerms, size: number) =>
    Promise.all(people(size).map(({ userId }, n) => take({ ...terms, userId, knownUs: n })))
  await Promise.all([enter({ scheduleId }, entriesPerCallMax + 10), enter({ scheduleId: other }, 2)])
  expect(count.calls).toBe(3)
  expect((await lineOf(scheduleId)).length).toBe(entriesPerCallMax + 11)
  expect((await lineOf(other)).length).toBe(2)
})
