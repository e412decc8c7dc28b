import { once } from 'node:events'
import { waitUntil } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { createSockets } from './sockets.ts'
import { takeSocket } from './take-socket.ts'
import { startServer } from './test-streams.ts'

const server = await startServer()
afterAll(() => server.close())

test('nothing of the HTTP server is kept for a taken connection, and what is written reaches the client', async () => {
  const { response, client, received } = await server.connect()
  const socket = takeSocket(response) ?? expect.fail()
  await waitUntil(() => Reflect.get(socket, 'parser') === null)
  expect(Reflect.get(socket, '_httpMessage')).toBeNull()
  const listeners = socket.eventNames().flatMap((event) => socket.listeners(event).map(({ name }) => name))
  expect(listeners.filter((name) => name.includes('socketOn'))).toEqual([])
  socket.write('told')
  await waitUntil(() => received() === 'told')
  client.destroy()
})

test('what a client sends on is ignored, and its end ends the connection', async () => {
  const { response, client } = await server.connect()
  const socket = takeSocket(response) ?? expect.fail()
  client.write('GET /other HTTP/1.1\r\nhost: test\r\n\r\n')
  await waitUntil(() => socket.bytesRead > 50)
  expect(socket.destroyed).toBe(false)
  client.end()
  await waitUntil(() => socket.destroyed)
})

test('of a client that has gone there is no connection to take', async () => {
  const { response, client } = await server.connect()
  client.destroy()
  await waitUntil(() => response.socket === null || response.socket.destroyed)
  expect(takeSocket(response)).toBeNull()
  expect(createSockets().take(response)).toBeNull()
})

test('at the stop a client that does not take its last bytes is broken off, and one that has gone is not waited for', async () => {
  const sockets = createSockets()
  const [slow, gone] = [await server.connect(), await server.connect()]
  const socket = sockets.take(slow.response) ?? expect.fail()
  const left = sockets.take(gone.response) ?? expect.fail()
  const bothClosed = Promise.all([once(socket, 'close'), once(left, 'close')])
  gone.client.destroy()
  slow.client.pause()
  await sockets.breakOffLast()
  await bothClosed
  const nextTurn = new Promise((resolve) => setImmediate(resolve, 'waited'))
  expect(await Promise.race([sockets.breakOffLast().then(() => 'at once'), nextTurn])).toBe('at once')
})
