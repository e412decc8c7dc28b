import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { type SeatSource, testReplica } from '../test-replica.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { createViewer, type ToldStates } from '../test-viewer.ts'

const service = await testReservationService()
const { scene, admitOne, held } = service
const [patient, strict] = await Promise.all([
  testReplica(service, { streams: { behindMs: 60_000 } }),
  testReplica(service, { streams: { behindMs: 200 } }),
])

/** More than all buffers between two processes of one machine hold. */
const flood = `:${'x'.repeat(10_000)}\n\n`.repeat(2_000)

async function openSlowReader({ open, sockets }: typeof patient) {
  const { schedule, buyer, seatIds } = await scene(8)
  const source = await open(buyer)
  await source.next('seats')
  source.stopReading()
  const socket = sockets.at(-1) ?? expect.fail()
  socket.write(flood)
  await waitUntil(() => socket.writableLength > 0)
  return { schedule, seatIds, source, socket }
}

test('for a client that does not read nothing piles up; when it reads on it is told all that has changed at once', async () => {
  const { schedule, seatIds, source, socket } = await openSlowReader(patient)
  const waitingBytes = socket.writableLength
  for (const [index, seatId] of seatIds.slice(0, 4).entries()) {
    const buyer = await admitOne(schedule)
    await held(buyer, [seatId])
    await waitUntil(async () => (await patient.look(buyer)).json<ToldStates>().seats.hold === index + 1)
  }
  await waitUntil(async () => (await patient.figure('reservation_seat_stream_dropped_total')) >= 4)
  expect(socket.writableLength).toBeLessThanOrEqual(waitingBytes)
  source.readOn()
  await source.next('changes')
  const viewer = createViewer(seatIds)
  for (const { data } of source.events) viewer.take(data as ToldStates)
  expect([viewer.seats(), viewer.whole(), viewer.deltas()]).toEqual(['HHHHAAAA', 1, 1])
})

test('a client that takes nothing for too long is given up; others are not', async () => {
  const slow = await openSlowReader(strict)
  const sound = await strict.open(await admitOne(slow.schedule))
  await waitUntil(() => slow.socket.destroyed)
  expect(await strict.figure('reservation_seat_streams_ended_total', { end: 'behind' })).toBe(1)
  expect(await strict.figure('reservation_seat_streams_open')).toBe(1)
  expect(sound.endedAtMs()).toBeNull()
})

test('a process that is to stop ends its streams over a while, each with its own time to come back, and takes no more', async () => {
  const stopping = await testReplica(service, { streams: { drainMs: 1_500 } })
  const { buyer, schedule } = await scene()
  const sources: SeatSource[] = []
  for (let person = 0; person < 30; person += 1) sources.push(await stopping.open(await admitOne(schedule)))
  for (const source of sources) await source.next('seats')
  const closed = stopping.server.close()
  await waitUntil(() => sources.some((source) => source.endedAtMs() !== null))
  expect(sources.some((source) => source.endedAtMs() === null)).toBe(true)
  await expect(stopping.open(buyer)).rejects.toThrow()
  await closed
  await waitUntil(() => sources.every((source) => source.endedAtMs() !== null))
  expect(sources.every((source) => source.isWhole() && source.retryMs.length === 2)).toBe(true)
  expect(new Set(sources.map(({ retryMs }) => retryMs[1])).size).toBeGreaterThan(15)
})
