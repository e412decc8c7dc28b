import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { countingRedis } from '../queue/test-kinds.ts'
import { commitHold, commitTogether, writeCommit } from './commit-hold.ts'
import { gatherCommits, gatherHolds } from './gather-holds.ts'
import { type Hold, holdSeats, holdTogether, writeTentative } from './hold-seats.ts'
import { heldSeatsKey, holdKey, seatOutcomesChannel, tentativeSeatsKey } from './keys.ts'
import { releaseSeats } from './release-seats.ts'
import { holdsPerCallMax } from './write-hold.ts'

const redis = testRedis()
const connections = [redis, redis.duplicate(), redis.duplicate(), redis.duplicate()]
const subscriber = redis.duplicate()
afterAll(() => Promise.all([subscriber, ...connections.slice(1)].map((connection) => connection.close())))

const remainingMs = 300_000
const ids = (count: number): string[] => Array.from({ length: count }, () => randomUUID())
const newHold = (scheduleId: string, seatIds: readonly string[] = ids(2)) => ({
  scheduleId,
  reservationId: randomUUID(),
  seatIds,
})
const ownersOf = (scheduleId: string, seatIds: readonly string[]) =>
  redis.client.mget(seatIds.map((seatId) => holdKey(scheduleId, seatId)))

const asOneCall = {
  hold: (holds: readonly Hold[]) => holdTogether(redis, holds[0]?.scheduleId ?? '', holds.map(writeTentative)),
  commit: (holds: readonly Hold[]) => {
    const commits = holds.map((hold) => writeCommit({ ...hold, remainingMs }))
    return commitTogether(redis, holds[0]?.scheduleId ?? '', commits)
  },
}
const inTurn = async <Answer>(holds: readonly Hold[], ask: (hold: Hold) => Promise<Answer>) => {
  const answers: Answer[] = []
  for (const hold of holds) answers.push(await ask(hold))
  return answers
}
const oneByOne = {
  hold: (holds: readonly Hold[]) => inTurn(holds, (hold) => holdSeats(redis, hold)),
  commit: (holds: readonly Hold[]) => inTurn(holds, (hold) => commitHold(redis, { ...hold, remainingMs })),
}

const seatsOfHold = fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 })
const someHolds = fc.array(fc.record({ who: fc.nat(3), seats: seatsOfHold }), { minLength: 1, maxLength: 8 })
const step = fc.record({ kind: fc.constantFrom('hold' as const, 'commit' as const, 'free' as const), holds: someHolds })

test('holds and commits of one call are answered as one after the other, also those of one reservation, and leave the same locks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const play = async (way: typeof asOneCall | typeof oneByOne) => {
        const [scheduleId, people, seatIds] = [randomUUID(), ids(4), ids(6)]
        const nameOf = (id: string | null) => (id === null ? -1 : people.indexOf(id) + seatIds.indexOf(id) + 1)
        const answers: unknown[] = []
        for (const { kind, holds } of steps) {
          const wanted = holds.map(({ who, seats }) => ({
            scheduleId,
            reservationId: people[who] ?? '',
            seatIds: seats.map((seat) => seatIds[seat] ?? ''),
          }))
          if (kind === 'free') for (const one of wanted) await releaseSeats(redis, one)
          else
            for (const answer of await way[kind](wanted))
              answers.push([answer.outcome, 'seatIds' in answer ? answer.seatIds.map(nameOf) : []])
        }
        const lives = await Promise.all(seatIds.map((seatId) => redis.client.pttl(holdKey(scheduleId, seatId))))
        const [held, tentative] = await Promise.all([
          redis.client.smembers(heldSeatsKey(scheduleId)),
          redis.client.zrange(tentativeSeatsKey(scheduleId), 0, '-1'),
        ])
        return {
          answers,
          owners: (await ownersOf(scheduleId, seatIds)).map(nameOf),
          lasting: lives.map((ms) => ms > remainingMs / 2),
          listed: [held, tentative].map((members) => members.map(nameOf).toSorted()),
        }
      }
      expect(await play(asOneCall)).toEqual(await play(oneByOne))
    }),
    { numRuns: 60 },
  )
})

test('of two holds of one call that want the same seat the first has it, and the second is told that it is being written', async () => {
  const scheduleId = randomUUID()
  const [shared, own, beside] = ids(3) as [string, string, string]
  const [first, second, third] = [[shared], [own, shared], [own, beside]].map((seatIds) => newHold(scheduleId, seatIds))
  if (!first || !second || !third) throw new Error('there are three')
  const [held, told, other] = await asOneCall.hold([first, { ...second, tentativeMs: 60_000 }, third])
  expect([held?.outcome, told, other?.outcome]).toEqual([
    'held',
    { outcome: 'tentative', seatIds: [shared], waitMs: 15_000 },
    'held',
  ])
  const owners = [first, third, third].map(({ reservationId }) => reservationId)
  expect(await ownersOf(scheduleId, [shared, own, beside])).toEqual(owners)
})

test('a commit that is lost keeps no other of its call from lasting, and each seat that is decided is told once', async () => {
  const scheduleId = randomUUID()
  const [first, lost, last] = [newHold(scheduleId), newHold(scheduleId), newHold(scheduleId)]
  await asOneCall.hold([first, lost, last])
  const [gone = '', left = ''] = lost.seatIds
  await redis.client.del(holdKey(scheduleId, gone))
  const channel = redis.keyPrefix + seatOutcomesChannel
  const told: string[] = []
  subscriber.client.on('message', (_channel, message: string) => told.push(...message.split(' ')))
  await subscriber.client.subscribe(channel)
  const answers = await asOneCall.commit([first, lost, last, first])
  await redis.client.publish(channel, 'the last word')
  await waitUntil(() => told.at(-1) === 'word')
  expect(answers.map(({ outcome }) => outcome)).toEqual(['committed', 'lost', 'committed', 'committed'])
  expect(answers[1]).toEqual({ outcome: 'lost', seatIds: [gone] })
  expect(told.slice(0, -3)).toEqual(['committed', scheduleId, ...first.seatIds, ...last.seatIds])
  expect(await redis.client.pttl(holdKey(scheduleId, left))).toBeLessThanOrEqual(15_000)
})

/** Many want one of few pairs that overlap, in calls over four connections; gives how many at most were told that one seat is theirs. */
async function crowd(holderOf: (connection: RedisClient) => (hold: Hold) => Promise<{ outcome: string }>) {
  const [scheduleId, seatIds, holders] = [randomUUID(), ids(8), connections.map(holderOf)]
  const told = await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const wanted = [seatIds[n % 8] ?? '', seatIds[(n + 1 + (n % 3)) % 8] ?? '']
      const answer = await holders[n % holders.length]?.(newHold(scheduleId, wanted))
      return answer?.outcome === 'held' ? wanted : []
    }),
  )
  const owned = Map.groupBy(told.flat(), (seatId) => seatId)
  return Math.max(...[...owned.values()].map((winners) => winners.length))
}

test('no seat is given to two by the calls of four processes at once; control: it is where looking and holding are two steps', async () => {
  const inTwoSteps = (connection: RedisClient) => async (hold: Hold) => {
    const keys = hold.seatIds.map((seatId) => holdKey(hold.scheduleId, seatId))
    if ((await connection.client.mget(keys)).some((owner) => owner !== null)) return { outcome: 'taken' }
    for (const key of keys) await connection.client.set(key, hold.reservationId, 'PX', 15_000)
    return { outcome: 'held' }
  }
  expect(await crowd(gatherHolds)).toBe(1)
  expect(await crowd(inTwoSteps)).toBeGreaterThan(1)
})

test('holds, and commits, of one turn and schedule go to Redis in as few calls as hold them; another schedule has its own', async () => {
  const { count, counting } = countingRedis(redis)
  const [scheduleId, other] = [randomUUID(), randomUUID()]
  await inTurn([newHold(other), newHold(scheduleId)], (hold) => holdSeats(redis, hold))
  const holds = [
    ...Array.from({ length: holdsPerCallMax + 2 }, () => newHold(scheduleId)),
    newHold(other),
    newHold(other, ids(1)),
  ]
  expect((await Promise.all(holds.map(gatherHolds(counting)))).map(({ outcome }) => outcome)).toEqual(
    holds.map(() => 'held'),
  )
  expect(count.calls).toBe(3)
  const commit = gatherCommits(counting)
  const committed = await Promise.all(holds.map((hold) => commit({ ...hold, remainingMs })))
  expect(committed.map(({ outcome }) => outcome)).toEqual(holds.map(() => 'committed'))
  expect(count.calls).toBe(6)
})

test('what is not to be sent is refused alone, whatever it would have gone with', async () => {
  const scheduleId = randomUUID()
  const [hold, commit] = [gatherHolds(redis), gatherCommits(redis)]
  const good = newHold(scheduleId)
  const held = await Promise.allSettled([hold(good), hold(newHold(scheduleId, ids(5))), hold(newHold(scheduleId, []))])
  expect(held.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  const commits = [remainingMs, 0, 1.5].map((ms) => commit({ ...good, remainingMs: ms }))
  expect((await Promise.allSettled(commits)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
})
