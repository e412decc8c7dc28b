import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

let stream: ServerResponse | null = null
const tell = (_request: FastifyRequest, reply: FastifyReply) => {
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  reply.raw.write('event: position\ndata: {"rank":7}\n\n')
  stream = reply.raw
}
const gateway = testGateway({
  deps: { timeoutsMs: { usual: 1000, payment: 1000, queue: 500 } },
  upstreams: {
    queue: (app) => void app.get('/queue/stream', tell),
    reservation: (app) => {
      app.get('/reservations/seats/:scheduleId/stream', tell)
      app.get('/reservations/waiting-list/stream', tell)
    },
  },
})
const streams = [
  ['queue', '/queue/stream?scheduleId=1'],
  ['reservation', '/reservations/seats/0198-aB/stream?x=1'],
  ['reservation', '/reservations/waiting-list/stream?x=1'],
] as const
const user = () => ({ ...gateway.as('USER'), 'x-queue-token': 'qr_x' })

it.each(streams)(
  '%s: events pass one by one, stay open while nothing happens, and end with the client',
  async (_, path) => {
    const gone = new AbortController()
    const headers = { ...user(), 'accept-encoding': 'gzip, br' }
    const answer = await fetch(`${gateway.url}${path}`, { headers, signal: gone.signal })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    expect(answer.headers.get('content-encoding')).toBeNull()
    const reader = answer.body?.getReader()
    const next = async () => new TextDecoder().decode((await reader?.read())?.value)
    expect(await next()).toContain('"rank":7')

    // Longer than the time-out of ordinary queue requests, with undici's clock of about a second.
    const quietSince = performance.now()
    await expect.poll(() => performance.now() - quietSince > 2500, { timeout: 5000 }).toBe(true)
    stream?.write('event: admitted\ndata: {}\n\n')
    expect(await next()).toContain('admitted')

    gone.abort()
    await expect.poll(() => stream?.destroyed).toBe(true)
  },
)

it.each(streams)('%s: what a client says it has received last reaches the service', async (upstream, path) => {
  const gone = new AbortController()
  const headers = { ...user(), 'last-event-id': '7.admitted-1', 'x-queue-ticket': 'ticket' }
  const answer = await fetch(`${gateway.url}${path}`, { headers, signal: gone.signal })
  expect(answer.status).toBe(200)
  const headersSeen = { 'last-event-id': '7.admitted-1', 'x-queue-ticket': 'ticket' }
  expect(gateway.upstreams[upstream].seen.at(-1)).toMatchObject({ url: path, headers: headersSeen })
  gone.abort()
})

it.each(streams)(
  '%s: an open stream takes no other one’s connection: hundreds are open side by side',
  async (_, path) => {
    const gone = new AbortController()
    const headers = user()
    const firstEvents: string[] = []
    // Sixty at a time: this process is client, gateway and service at once.
    while (firstEvents.length < 300) {
      const opened = Array.from({ length: 60 }, async () => {
        const answer = await fetch(`${gateway.url}${path}`, { headers, signal: gone.signal })
        const first = await answer.body?.getReader().read()
        return new TextDecoder().decode(first?.value)
      })
      firstEvents.push(...(await Promise.all(opened)))
    }
    expect(firstEvents.filter((event) => event.includes('"rank":7'))).toHaveLength(300)
    gone.abort()
  },
)
