import { randomUUID } from 'node:crypto'
import { admitBatch, enterQueue, queueKey, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testRedis } from '@ticket-queue/testing'
import { beforeEach, expect, test } from 'vitest'
import type { Audience, Person } from './audience.ts'
import { findPeople } from './find-people.ts'

const redis = testRedis()
const commands: string[] = []
const send = redis.client.sendCommand.bind(redis.client)
redis.client.sendCommand = (command, stream) => {
  commands.push(command.name)
  return send(command, stream)
}
beforeEach(() => void commands.splice(0))

const personOf = (userId: string, ahead = 0): Person => ({
  userId,
  ticketFacts: null,
  ticketIsTold: true,
  streams: [],
  ahead,
  round: 0,
  renewedAtMs: 0,
})

function audienceOf(scheduleId: string, people: readonly Person[]): Audience {
  return { scheduleId, round: 0, people: new Map(people.map((person) => [person.userId, person])) }
}

async function line(count: number) {
  const scheduleId = randomUUID()
  const userIds = Array.from({ length: count }, () => randomUUID())
  await redis.client.zadd(queueKey(scheduleId), ...userIds.flatMap((userId, score) => [score, userId]))
  return { scheduleId, userIds }
}

test.each([1, 50, 1_000])('%i people cost one read a round', async (count) => {
  const { scheduleId, userIds } = await line(1_200)
  const audience = audienceOf(
    scheduleId,
    userIds.slice(-count).map((userId) => personOf(userId)),
  )
  await findPeople(redis, audience)
  commands.splice(0)
  const found = await findPeople(redis, audience)
  expect(commands).toEqual(['evalsha'])
  expect(found).toEqual({ admitted: [], absent: [] })
  expect([...audience.people.values()].map(({ ahead }) => ahead)).toEqual(
    Array.from({ length: count }, (_, index) => 1_200 - count + index),
  )
})

test('more people cost one read of the line, however many they are', async () => {
  const { scheduleId, userIds } = await line(9_000)
  for (const count of [1_500, 9_000]) {
    const audience = audienceOf(
      scheduleId,
      userIds.slice(-count).map((userId, index) => personOf(userId, index)),
    )
    commands.splice(0)
    await findPeople(redis, audience)
    expect(commands).toEqual(['zrange'])
    const places = [...audience.people.values()].map(({ ahead, round }) => [ahead, round])
    expect(places).toEqual(Array.from({ length: count }, (_, index) => [9_000 - count + index, 1]))
  }
})

test('many people far back in a much longer line are looked up instead of the line being read', async () => {
  const { scheduleId, userIds } = await line(12_500)
  const people = userIds.slice(-1_100).map((userId, index) => personOf(userId, 11_400 + index))
  commands.splice(0)
  await findPeople(redis, audienceOf(scheduleId, people))
  expect(commands).toEqual(['evalsha', 'evalsha'])
})

test('among many, whoever is admitted is found with the token, whoever has gone as absent, and nobody is passed over', async () => {
  const { scheduleId, userIds } = await line(1_100)
  const entered = Array.from({ length: 2 }, () => randomUUID())
  await writeQueueConfig(redis, scheduleId, { batchSize: 1, intervalMs: 60_000 })
  const early = randomUUID()
  for (const userId of entered) await enterQueue(redis, { scheduleId: early, userId })
  const { admitted } = await admitBatch(redis, early)
  expect(admitted).toHaveLength(2)

  const stranger = randomUUID()
  const waiting = audienceOf(
    scheduleId,
    [...userIds, stranger].map((userId) => personOf(userId)),
  )
  expect(await findPeople(redis, waiting)).toMatchObject({ admitted: [], absent: [{ userId: stranger }] })
  const inside = audienceOf(
    early,
    [...userIds, ...entered].map((userId) => personOf(userId)),
  )
  const found = await findPeople(redis, inside)
  expect(found.admitted).toMatchObject(admitted.map(({ userId, token }) => ({ person: { userId }, token })))
  expect(found.absent).toHaveLength(1_100)
})
