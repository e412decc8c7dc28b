import { leaveQueue } from '@ticket-queue/lua/queue'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { testStreams } from './test-streams.ts'

const redis = testRedis()
const patient = testStreams(redis, { behindMs: 60_000 })
const strict = testStreams(redis, { behindMs: 200 })

/** More than all buffers between two processes of one machine hold. */
const flood = `:${'x'.repeat(10_000)}\n\n`.repeat(2_000)

async function openSlowReader({ open, crowd, sockets }: typeof patient, ahead: number) {
  const { scheduleId, userIds } = await crowd(ahead + 1)
  const source = await open(scheduleId, userIds[ahead])
  await source.next('position')
  source.stopReading()
  const socket = sockets.at(-1) ?? expect.fail()
  socket.write(flood)
  await waitUntil(() => socket.writableLength > 0)
  return { scheduleId, userIds, source, socket }
}

test('for a client that does not read nothing piles up but what must not be lost; it gets that and never the rest', async () => {
  const { scheduleId, userIds, source, socket } = await openSlowReader(patient, 5)
  const waitingBytes = socket.writableLength
  for (const userId of userIds.slice(0, 5)) {
    const dropped = await patient.figure('queue_stream_dropped_total')
    await leaveQueue(redis, { scheduleId, userId })
    await waitUntil(async () => (await patient.figure('queue_stream_dropped_total')) > dropped)
  }
  expect(socket.writableLength).toBe(waitingBytes)
  await patient.admit(scheduleId)
  await waitUntil(async () => (await patient.figure('queue_stream_events_total', { event: 'admitted' })) === 1)
  expect(socket.writableLength - waitingBytes).toBeLessThan(2_000)
  source.readOn()
  await waitUntil(() => source.endedAtMs() !== null)
  expect(source.events.map(({ event }) => event)).toEqual(['position', 'admitted'])
})

test('a client that reads on after a while is told the place as it is then', async () => {
  const { scheduleId, userIds, source } = await openSlowReader(patient, 3)
  await leaveQueue(redis, { scheduleId, userId: userIds[0] ?? '' })
  await leaveQueue(redis, { scheduleId, userId: userIds[1] ?? '' })
  source.readOn()
  await waitUntil(() => source.events.at(-1)?.data.aheadOfYou === 1)
  expect(source.events.length).toBeLessThanOrEqual(3)
})

test('a client that takes nothing for too long is given up; others are not', async () => {
  const slow = await openSlowReader(strict, 1)
  const sound = await strict.open(slow.scheduleId, slow.userIds[0])
  await waitUntil(() => slow.socket.destroyed)
  expect(await strict.figure('queue_streams_ended_total', { end: 'behind' })).toBe(1)
  expect(await strict.figure('queue_streams_open')).toBe(1)
  expect(sound.endedAtMs()).toBeNull()
})
