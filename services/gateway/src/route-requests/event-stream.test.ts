import type { ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

let stream: ServerResponse | null = null
const gateway = testGateway({
  deps: { timeoutsMs: { usual: 1000, payment: 1000, queue: 500 } },
  upstreams: {
    queue: (app) => {
      app.get('/queue/stream', (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
        reply.raw.write('event: position\ndata: {"rank":7}\n\n')
        stream = reply.raw
      })
    },
  },
})

it('events pass one by one, stay open while nothing happens, and end with the client', async () => {
  const gone = new AbortController()
  const headers = { ...gateway.as('USER'), 'accept-encoding': 'gzip, br' }
  const answer = await fetch(`${gateway.url}/queue/stream?scheduleId=1`, { headers, signal: gone.signal })
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
})

it('what a client says it has received last reaches the service', async () => {
  const gone = new AbortController()
  const headers = { ...gateway.as('USER'), 'last-event-id': '7.admitted-1', 'x-queue-ticket': 'ticket' }
  const answer = await fetch(`${gateway.url}/queue/stream?scheduleId=1`, { headers, signal: gone.signal })
  expect(answer.status).toBe(200)
  expect(gateway.upstreams.queue.seen.at(-1)?.headers).toMatchObject({
    'last-event-id': '7.admitted-1',
    'x-queue-ticket': 'ticket',
  })
  gone.abort()
})

it('an open stream takes no other one’s connection to the service: hundreds are open side by side', async () => {
  const gone = new AbortController()
  const headers = gateway.as('USER')
  const streams = Array.from({ length: 300 }, async () => {
    const answer = await fetch(`${gateway.url}/queue/stream?scheduleId=1`, { headers, signal: gone.signal })
    const first = await answer.body?.getReader().read()
    return new TextDecoder().decode(first?.value)
  })
  const firstEvents = await Promise.all(streams)
  expect(firstEvents.filter((event) => event.includes('"rank":7'))).toHaveLength(300)
  gone.abort()
})
