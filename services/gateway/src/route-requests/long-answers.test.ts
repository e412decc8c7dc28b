import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

const bytesBySize = new Map([0, 1, 1_024, 16_384, 16_385, 400_000].map((size) => [size, randomBytes(size)]))
const endless = { sent: 0, closed: Promise.withResolvers<void>() }

/** Promises a body, sends the half of it and breaks the connection. */
const breakOff = (length: number) => async (_request: FastifyRequest, reply: FastifyReply) => {
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'image/png', 'content-length': length })
  reply.raw.write(Buffer.alloc(length / 2), () => reply.raw.destroy())
}

const gateway = testGateway({
  deps: { timeoutsMs: { usual: 1000, payment: 1000, queue: 1000 } },
  upstreams: {
    event: (app) => {
      app.get<{ Params: { size: string } }>('/events/sized/:size', async ({ params }, reply) =>
        reply.type('image/png').send(bytesBySize.get(Number(params.size))),
      )
      app.get('/events/chunked', async (_request, reply) =>
        reply.type('image/png').send(Readable.from(['a', 'b', 'c'])),
      )
      app.get('/events/short-broken', breakOff(1_000))
      app.get('/events/long-broken', breakOff(100_000))
      app.get('/events/short-stalled', async (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-length': 10 }).write('half')
      })
      app.get('/events/long', async (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'image/png' })
        reply.raw.once('close', endless.closed.resolve)
        const piece = Buffer.alloc(65_536)
        const send = () => {
          endless.sent += piece.length
          if (!reply.raw.destroyed) reply.raw.write(piece, send)
        }
        send()
      })
    },
  },
})

it.each([...bytesBySize.keys()])('a body of %i bytes arrives whole, with its length', async (size) => {
  const answer = await fetch(`${gateway.url}/events/sized/${size}`)
  const received = Buffer.from(await answer.arrayBuffer())
  expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(size)])
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  expect(digest(received)).toBe(digest(bytesBySize.get(size) ?? Buffer.alloc(1)))
})

it.each([1_024, 400_000])('HEAD tells the length of %i bytes and sends none', async (size) => {
  const answer = await fetch(`${gateway.url}/events/sized/${size}`, { method: 'HEAD' })
  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, String(size), ''])
})

it('a body without a stated length arrives whole', async () => {
  expect(await (await fetch(`${gateway.url}/events/chunked`)).text()).toBe('abc')
})

it('a short answer that breaks off is a refusal, not half an answer', async () => {
  const answer = await fetch(`${gateway.url}/events/short-broken`)
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'EVENT_UNAVAILABLE' }])
})

it('a short answer that stalls is 504', async () => {
  const answer = await fetch(`${gateway.url}/events/short-stalled`)
  expect([answer.status, await answer.json()]).toMatchObject([504, { code: 'UPSTREAM_TIMEOUT' }])
})

it('a long answer that breaks off breaks the connection, so that nobody takes half of it for all', async () => {
  const [answer] = await once(get(`${gateway.url}/events/long-broken`), 'response')
  await expect(buffer(answer)).rejects.toThrow('aborted')
})

it('a client that reads slowly holds the service back, and one that leaves ends its work', async () => {
  const request = get(`${gateway.url}/events/long`)
  const [answer] = await once(request, 'response')
  answer.pause()
  // What is under way fills the buffers of three sockets, and then it stands still.
  let before = -1
  await expect
    .poll(
      () => {
        const stands = before === endless.sent
        before = endless.sent
        return stands
      },
      { interval: 300, timeout: 15_000 },
    )
    .toBe(true)
  expect(endless.sent).toBeLessThan(100_000_000)
  request.destroy()
  await endless.closed.promise
})
