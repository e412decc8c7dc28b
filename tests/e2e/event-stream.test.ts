import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { apiAt, logIn } from '@ticket-queue/scripts/call-api'
import { createAccount } from '@ticket-queue/scripts/system'
import { waitUntil } from '@ticket-queue/testing'
import { afterEach, expect, test } from 'vitest'
import { chooseSeats, signUpAndLogIn } from '../load/crowd/buyer.ts'
import type { Caller } from '../load/crowd/call.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import { type FollowedStream, followStream } from '../system/follow-stream.ts'
import { testSystem } from '../system/test-system.ts'

const own = await testSystem()
const road = await prepareRoad(own, createMeasures())
const { gatewayUrl, scheduleId } = own
const admin = apiAt(gatewayUrl, await logIn(gatewayUrl, own.admin.email, own.admin.password))
const configure = (changes: object) => admin('PUT', `/queue/admin/schedules/${scheduleId}`, changes)
const patient = { timeoutMs: 60_000 }

const followed: FollowedStream[] = []
const follow = (caller: Caller, after?: string) => {
  const stream = followStream(`${gatewayUrl}/queue/stream?scheduleId=${scheduleId}`, caller.token, after)
  followed.push(stream)
  return stream
}
afterEach(() => {
  for (const stream of followed.splice(0)) stream.stop()
})

interface Place {
  readonly status: string
  readonly aheadOfYou: number
  readonly token: string | null
}
const as = ({ token }: Caller) => apiAt(gatewayUrl, token)
const enter = (caller: Caller) => as(caller)<Place>('POST', '/queue/enter', { scheduleId })
const poll = (caller: Caller) => as(caller)<Place>('GET', `/queue/status?scheduleId=${scheduleId}`)
const leave = (caller: Caller) => as(caller)('DELETE', `/queue/leave?scheduleId=${scheduleId}`)
const people = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, number) => signUpAndLogIn(road, number)))

/** One account, logged in on two devices. */
async function twoDevices(): Promise<[Caller, Caller]> {
  const account = { email: `devices-${randomUUID()}@ticketing.test`, password: `Devices-${randomUUID().slice(0, 8)}` }
  await createAccount(own.system, { root: dirname(dirname(import.meta.dirname)), ...account, role: 'USER' })
  const logInOnce = async () => ({ token: await logIn(gatewayUrl, account.email, account.password) })
  return [await logInOnce(), await logInOnce()]
}

const lastOf = (stream: FollowedStream, event: string) =>
  waitUntil(() => stream.events.findLast((one) => one.event === event) ?? null, patient)

test('one place on two devices: streamed on one and polled on the other, down to the same token, which opens the seats', async () => {
  await configure({ paused: true })
  const [phone, laptop] = await twoDevices()
  const ahead = await people(2)
  for (const caller of ahead) await enter(caller)
  const { aheadOfYou } = await enter(phone)

  const stream = follow(phone)
  expect((await lastOf(stream, 'position')).data).toMatchObject({ status: 'WAITING', aheadOfYou })
  expect(await poll(laptop)).toMatchObject({ status: 'WAITING', aheadOfYou })
  expect(await enter(laptop)).toMatchObject({ status: 'WAITING', aheadOfYou })

  if (ahead[0] !== undefined) await leave(ahead[0])
  await waitUntil(() => stream.events.at(-1)?.data.aheadOfYou === aheadOfYou - 1, patient)
  const polled = async () => (await poll(laptop)).aheadOfYou === aheadOfYou - 1
  await waitUntil(polled, { ...patient, intervalMs: 5_000 })

  await configure({ paused: false })
  const { data, id } = await lastOf(stream, 'admitted')
  expect(data).toMatchObject({ status: 'ACTIVE', token: expect.stringMatching(/^qr_/) })
  const told = await poll(laptop)
  expect(told).toMatchObject({ status: 'ACTIVE', token: data.token })
  await waitUntil(() => stream.isOver(), patient)
  expect(stream.connections.map(({ status }) => status)).toEqual([200, 204])
  expect(id).toMatch(/^\d+\.admitted-\d+$/)
  expect(await chooseSeats(road, { ...laptop, queueToken: data.token ?? '' })).not.toBeNull()
}, 180_000)

test('whoever is admitted while the connection is broken is told on coming back, and numbers go on', async () => {
  await configure({ paused: true })
  const [caller = expect.fail()] = await people(1)
  await enter(caller)
  const broken = follow(caller)
  const { id } = await lastOf(broken, 'position')
  broken.stop()
  await configure({ paused: false })
  await waitUntil(async () => (await poll(caller)).status === 'ACTIVE', { ...patient, intervalMs: 2_500 })
  const back = follow(caller, id)
  const admitted = await lastOf(back, 'admitted')
  expect(Number.parseInt(admitted.id, 10)).toBe(Number(id) + 1)
  expect(back.events).toHaveLength(1)
}, 180_000)

test('a queue service that is stopped ends its streams one by one, each told when to come back; all are back at their places', async () => {
  await configure({ paused: true })
  const callers = await people(8)
  const places: number[] = []
  for (const caller of callers) places.push((await enter(caller)).aheadOfYou)
  const streams = callers.map((caller) => follow(caller))
  for (const stream of streams) await lastOf(stream, 'position')
  const before = streams.map(({ events }) => Number(events.at(-1)?.id))

  const queue = own.system.processes.get('queue')
  const pid = queue?.pid()
  queue?.kill('SIGTERM')
  await waitUntil(() => streams.every(({ connections }) => (connections[0]?.endedAtMs ?? null) !== null), patient)
  const first = streams.map(({ connections }) => connections[0] ?? expect.fail('no connection'))
  const endsMs = first.map(({ endedAtMs }) => endedAtMs ?? 0)
  expect(Math.max(...endsMs) - Math.min(...endsMs)).toBeGreaterThan(1_000)
  for (const { retryMs } of first) expect(retryMs).toBeGreaterThanOrEqual(1_000)
  expect(new Set(first.map(({ retryMs }) => retryMs)).size).toBeGreaterThan(streams.length / 2)

  await waitUntil(
    () => streams.every(({ connections }) => connections.slice(1).some(({ events }) => events > 0)),
    patient,
  )
  expect(queue?.pid()).not.toBe(pid)
  for (const [index, { events }] of streams.entries()) {
    const again = events.find(({ id }) => Number(id) > (before[index] ?? 0)) ?? expect.fail('nothing was told again')
    expect(again).toMatchObject({ event: 'position', data: { status: 'WAITING', aheadOfYou: places[index] } })
    expect(Number(again.id)).toBe((before[index] ?? 0) + 1)
  }
  for (const caller of callers) await leave(caller)
}, 180_000)
