import { randomUUID } from 'node:crypto'
import { logKey, queueKey, readQueueConfig, writeQueueConfig } from '@ticket-queue/lua/queue'
import { emptyRedis, testDatabase, testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestEventService, type TestEventService } from './test-event-service.ts'
import { call, type Replica, type Replicas, testReplicas } from './test-replicas.ts'

const redis = testRedis()
const { url: databaseUrl } = await testDatabase('queue')
const { topicPrefix } = await testMessaging()
let event: TestEventService
let processes: Replicas

beforeAll(async () => {
  event = await startTestEventService()
  processes = testReplicas(redis, event, { topicPrefix, databaseUrl })
})
afterAll(async () => {
  processes.killAll()
  await event.close()
})

interface Admission {
  readonly userId: string
  /** Unix ms of Redis. */
  readonly atMs: number
}

/** Who got in when, as the queue's own log has it. */
async function readAdmissions(scheduleId: string): Promise<Admission[]> {
  const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
  return entries.flatMap(([id, [, kind, , users = '']]) =>
    kind === 'admitted' ? users.split(',').map((userId) => ({ userId, atMs: Number(id.split('-')[0]) })) : [],
  )
}

/** The most who got in within `windowMs`. */
const mostWithin = (admissions: readonly Admission[], windowMs: number): number =>
  Math.max(
    ...admissions.map(
      ({ atMs: fromMs }) => admissions.filter(({ atMs }) => atMs >= fromMs && atMs - fromMs < windowMs).length,
    ),
  )

test('one of two replicas is killed: no two seconds go by without an admission, and the rate is never doubled', async () => {
  const scheduleId = event.openSchedule()
  const rate = 10
  await writeQueueConfig(redis, scheduleId, { batchSize: rate })
  const [victim, survivor] = await Promise.all([processes.start(), processes.start()])
  const users = Array.from({ length: 80 }, () => randomUUID())
  for (const userId of users) await call(survivor, userId, 'POST', '/queue/enter', { scheduleId })
  await waitUntil(async () => (await readAdmissions(scheduleId)).length >= 2 * rate, { timeoutMs: 10_000 })
  victim.child.kill('SIGKILL')
  const emptied = async () => (await redis.client.exists(queueKey(scheduleId))) === 0
  await waitUntil(emptied, { timeoutMs: 20_000, intervalMs: 100 })

  const admissions = await readAdmissions(scheduleId)
  expect(admissions.map(({ userId }) => userId)).toEqual(users)
  const gapsMs = admissions.slice(1).map(({ atMs }, index) => atMs - (admissions[index]?.atMs ?? 0))
  expect(Math.max(...gapsMs)).toBeLessThanOrEqual(2_000)
  for (const seconds of [1, 2, 3]) {
    expect(mostWithin(admissions, seconds * 1_000)).toBeLessThanOrEqual(rate * seconds + rate)
  }
}, 60_000)

interface Person {
  readonly userId: string
  ticket: string | null
  nextMs: number
  asked: number
  isInside: boolean
}

const enterAs = async (replica: Replica | undefined, scheduleId: string, person: Person) => {
  const ticket = person.ticket === null ? {} : { ticket: person.ticket }
  take(person, (await call(replica, person.userId, 'POST', '/queue/enter', { scheduleId, ...ticket })).body)
}

async function newPerson(replica: Replica | undefined, scheduleId: string): Promise<Person> {
  const person: Person = { userId: randomUUID(), ticket: null, nextMs: 0, asked: 0, isInside: false }
  await enterAs(replica, scheduleId, person)
  return person
}

function take(
  person: Person,
  {
    ticket,
    status,
    pollAfterMs = 1_000,
  }: { ticket?: string | null | undefined; status?: string | undefined; pollAfterMs?: number | undefined },
) {
  person.isInside = status === 'ACTIVE'
  person.ticket = ticket ?? person.ticket
  person.nextMs = performance.now() + pollAfterMs
  person.asked += 1
}

/** Asks as told, and enters again where the place is not known any more. */
async function ask(replica: Replica | undefined, scheduleId: string, person: Person): Promise<void> {
  const { status, body } = await call(
    replica,
    person.userId,
    'GET',
    `/queue/status?scheduleId=${scheduleId}&ticket=${person.ticket}`,
  )
  if (status === 404) await enterAs(replica, scheduleId, person)
  else take(person, body)
}

test('Redis is emptied under two replicas and 150 people who ask as told: admission goes on within 10 s as it was configured, the order of before holds, newcomers stand behind', async () => {
  const scheduleId = event.openSchedule()
  await writeQueueConfig(redis, scheduleId, { batchSize: 5 })
  const replicas = await Promise.all([processes.start(), processes.start()])
  const people: Person[] = []
  for (let person = 0; person < 150; person += 1) people.push(await newPerson(replicas[person % 2], scheduleId))
  await waitUntil(async () => (await readAdmissions(scheduleId)).length > 5, { timeoutMs: 10_000 })

  await emptyRedis(redis)
  const [lostSeconds] = await redis.client.time()
  for (const person of people) {
    person.asked = 0
    // The next thing to be done inside needs the token, which is gone.
    if (person.isInside) person.nextMs = 0
  }
  people.push(await newPerson(replicas[0], scheduleId))
  const isBackAndMoving = async () => {
    const due = people.filter(({ nextMs }) => nextMs <= performance.now())
    await Promise.all(due.map((person, index) => ask(replicas[index % 2], scheduleId, person)))
    return people.every(({ asked }) => asked > 0) && (await readAdmissions(scheduleId)).length > 10
  }
  await waitUntil(isBackAndMoving, { timeoutMs: 40_000, intervalMs: 50 })

  const admissions = await readAdmissions(scheduleId)
  expect((admissions[0]?.atMs ?? 0) - Number(lostSeconds) * 1_000).toBeLessThanOrEqual(10_000)
  const line = await redis.client.zrange(queueKey(scheduleId), 0, '-1')
  const order = [...admissions.map(({ userId }) => userId), ...line]
  expect(order.length).toBeGreaterThan(130)
  expect(order).toEqual(people.map(({ userId }) => userId).filter((userId) => order.includes(userId)))
  expect((await readQueueConfig(redis, scheduleId)).batchSize).toBe(5)
}, 90_000)
