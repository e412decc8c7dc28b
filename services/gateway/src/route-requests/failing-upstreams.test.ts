import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'
import { startUpstream } from '../test-upstream.ts'

const silence = Promise.withResolvers<void>()
let paymentBroken = false
let eventHits = 0
const breakers = {
  user: { resetMs: 200, minimumRequests: 5 },
  event: { resetMs: 200, minimumRequests: 5 },
  queue: { resetMs: 200, minimumRequests: 5 },
  reservation: { resetMs: 200, minimumRequests: 1_000_000 },
  payment: { resetMs: 400, minimumRequests: 5 },
}
const gateway = testGateway({
  deps: { timeoutsMs: { usual: 1000, payment: 1000, queue: 1000 }, breakers },
  upstreams: {
    reservation: (app) => {
      app.get('/reservations/silent', () => silence.promise)
    },
    event: (app) => {
      app.get('/events/busy', async (_request, reply) => {
        eventHits += 1
        return reply.code(503).header('retry-after', '3').type('application/problem+json').send('{"code":"QUEUE_FULL"}')
      })
    },
    payment: (app) => {
      app.get('/payments/:id', async (_request, reply) => reply.code(paymentBroken ? 500 : 200).send({ id: 1 }))
    },
    user: (app) => {
      app.get('/users/hang', () => silence.promise)
    },
  },
})
const get = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, { headers: gateway.as('USER'), ...init })

it('a service that does not answer in time is 504 with the reason, and is asked once (GW-007)', async () => {
  const answer = await get('/reservations/silent')
  expect(answer.status).toBe(504)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(await answer.json()).toMatchObject({ code: 'UPSTREAM_TIMEOUT', status: 504 })
  expect(gateway.upstreams.reservation.seen).toHaveLength(1)
})

it('a 503 of a service is passed on and not tried again', async () => {
  eventHits = 0
  const answer = await get('/events/busy')
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
    503,
    '3',
    { code: 'QUEUE_FULL' },
  ])
  expect(eventHits).toBe(1)
})

it('a service that says it is busy does not open its breaker', async () => {
  for (let count = 0; count < 12; count += 1)
    expect(await (await get('/events/busy')).json()).toEqual({ code: 'QUEUE_FULL' })
})

describe('a service that is away', () => {
  it('is 503 of its own kind, without its address, and is found again when it is back', async () => {
    const { url, close } = gateway.upstreams.queue
    await close()
    const answer = await get('/queue/status')
    expect(answer.status).toBe(503)
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'QUEUE_UNAVAILABLE', status: 503, instance: '/queue/status' })
    expect(text).not.toMatch(/127\.0\.0\.1|ECONN|FST_|:\d{4,5}/)
    expect(answer.headers.get('retry-after')).toBe('1')
    gateway.upstreams.queue = await startUpstream('queue', () => {}, Number(new URL(url).port))
    await expect.poll(async () => (await get('/queue/status')).status).toBe(200)
    await gateway.upstreams.queue.close()
  })

  it('and breaks connections is 503 too', async () => {
    const { url, close } = gateway.upstreams.reservation
    await close()
    const rude = createServer((socket) => void socket.once('data', () => socket.destroy()))
    rude.listen(Number(new URL(url).port), '127.0.0.1')
    await once(rude, 'listening')
    const answer = await get('/reservations')
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'RESERVATION_UNAVAILABLE' }])
    rude.close()
    await once(rude, 'close')
    gateway.upstreams.reservation = await startUpstream(
      'reservation',
      (app) => void app.get('/reservations/silent', () => silence.promise),
      Number(new URL(url).port),
    )
  })
})

const breakerFigures = () => gateway.metrics.getSingleMetricAsString('gateway_breaker_open')

describe('the breaker of a service (GW-006, GW-017)', () => {
  const open = async (path: string) =>
    expect.poll(async () => (await (await get(path)).json()) as object, { timeout: 10_000 })

  it('opens after failures; the payment one warns in both languages not to pay twice; it closes again after a good answer', async () => {
    paymentBroken = true
    await (await open('/payments/1')).toMatchObject({ code: 'PAYMENT_UNAVAILABLE' })
    const seenBefore = gateway.upstreams.payment.seen.length
    const refused = await get('/payments/1')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    const body = (await refused.json()) as { detail: string; messages: { ko: string; en: string } }
    expect(body.messages.ko).toContain('다시 결제하지 마시고')
    expect(body.messages.en).toContain('do not pay again')
    expect(body.detail).toContain(body.messages.ko)
    expect(gateway.upstreams.payment.seen.length).toBe(seenBefore)
    expect(await breakerFigures()).toMatch(/gateway_breaker_open\{upstream="payment",service="gateway"\} 1/)
    expect((await get('/events')).status).toBe(200)
    paymentBroken = false
    await (await open('/payments/1')).toEqual({ id: 1 })
    expect(await breakerFigures()).toMatch(/gateway_breaker_open\{upstream="payment",service="gateway"\} 0/)
  })

  it('is not left refusing for ever when the client of its probe goes away', async () => {
    await Promise.all(Array.from({ length: 8 }, () => get('/users/hang')))
    await (await open('/users/me')).toMatchObject({ code: 'USER_UNAVAILABLE' })
    const gone = new AbortController()
    const probes = async () => {
      const before = gateway.upstreams.user.seen.length
      const probe = get('/users/hang', { signal: gone.signal }).catch(() => null)
      await expect.poll(() => gateway.upstreams.user.seen.length > before || probeRefused(probe)).toBeTruthy()
      return gateway.upstreams.user.seen.length > before
    }
    await expect.poll(probes, { timeout: 10_000 }).toBe(true)
    gone.abort()
    await (await open('/users/me')).toMatchObject({ service: 'user' })
  })
})

async function probeRefused(probe: Promise<Response | null>): Promise<boolean> {
  const answer = await Promise.race([probe, Promise.resolve('waiting')])
  return answer !== 'waiting'
}
