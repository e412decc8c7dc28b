import { waitUntil } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { adviseRetry } from './advise-retry.ts'
import { endStream, eventText, isBehind, openStream, writeEvent } from './event-stream.ts'
import { keepAlive } from './keep-alive.ts'
import { takeSocket } from './take-socket.ts'
import { startServer } from './test-streams.ts'

const server = await startServer()
afterAll(() => server.close())

/** More than all buffers between two processes of one machine hold. */
const flood = `:${'x'.repeat(10_000)}\n\n`.repeat(2_000)

async function opened() {
  const { response, client, received } = await server.connect()
  const socket = takeSocket(response) ?? expect.fail()
  const stream = openStream(socket, { headers: { 'x-request-id': 'r-1' }, retryMs: 1_234, nowMs: 0 })
  const body = () => received().split('\r\n\r\n')[1] ?? ''
  return { stream, client, received, body }
}

test('a stream begins with the head of an endless answer and when to come back', async () => {
  const { received, body } = await opened()
  await waitUntil(() => body() === 'retry: 1234\n\n')
  expect(received()).toMatch(/^HTTP\/1\.1 200 OK\r\nx-request-id: r-1\r\n/)
  for (const line of ['content-type: text/event-stream; charset=utf-8', 'cache-control: no-store, no-transform'])
    expect(received()).toContain(`\r\n${line}\r\n`)
  expect(received()).not.toMatch(/content-length|transfer-encoding/i)
})

test('an event and the text made of it once are the same to a client', async () => {
  const { stream, body } = await opened()
  const event = { id: '7', event: 'place', data: '{"rank":1}' }
  writeEvent(stream, event, 5)
  writeEvent(stream, eventText(event), 6)
  const text = 'id: 7\nevent: place\ndata: {"rank":1}\n\n'
  await waitUntil(() => body() === `retry: 1234\n\n${text}${text}`)
  expect(stream.writtenAtMs).toBe(6)
})

test('an ended stream has told all and when to come back, and takes nothing more', async () => {
  const { stream, client, body } = await opened()
  writeEvent(stream, { id: '1', event: 'last', data: '{}' }, 0)
  endStream(stream, 4_321)
  writeEvent(stream, { id: '2', event: 'never', data: '{}' }, 9)
  endStream(stream, 1)
  await waitUntil(() => client.destroyed)
  expect(body()).toBe('retry: 1234\n\nid: 1\nevent: last\ndata: {}\n\nretry: 4321\n\n')
  expect(stream.writtenAtMs).toBe(0)
})

test('a quiet client gets a heartbeat when one is due and no sooner', async () => {
  const { stream, body } = await opened()
  const patience = { heartbeatMs: 100, behindMs: 1_000 }
  await waitUntil(() => !isBehind(stream))
  for (const nowMs of [99, 100, 150, 199, 200]) expect(keepAlive(stream, patience, nowMs)).toBe('lives')
  await waitUntil(() => body() === 'retry: 1234\n\n:\n\n:\n\n')
})

test('who takes nothing is behind, gets no heartbeats, and is lost after the patience; who reads on is not', async () => {
  const { stream, client } = await opened()
  const patience = { heartbeatMs: 10, behindMs: 1_000 }
  client.pause()
  stream.socket.write(flood)
  await waitUntil(() => isBehind(stream))
  const waitingBytes = stream.socket.writableLength
  for (const nowMs of [100, 500, 1_099]) expect(keepAlive(stream, patience, nowMs)).toBe('lives')
  expect(keepAlive(stream, patience, 1_100)).toBe('lost')
  expect(stream.socket.writableLength).toBeLessThanOrEqual(waitingBytes)
  client.resume()
  await waitUntil(() => !isBehind(stream))
  expect(keepAlive(stream, patience, 9_000)).toBe('lives')
  expect(stream.behindSinceMs).toBe(0)
  client.destroy()
})

test('those who lose a stream together are told to come back at many different times', () => {
  const times = Array.from({ length: 500 }, adviseRetry)
  expect(new Set(times).size).toBeGreaterThan(250)
  for (const time of times) expect(time >= 1_000 && time <= 6_000).toBe(true)
})
