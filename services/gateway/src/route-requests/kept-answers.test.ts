import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

const held = { arrived: Promise.withResolvers<void>(), gate: Promise.withResolvers<void>() }
let said = 0

/** Fresh for longer than any of these tests, but for what a test asks to be fresh for a moment. */
const gateway = testGateway({
  upstreams: {
    event: (app) => {
      app.get<{ Querystring: Record<string, string> }>('/events/:id', async ({ query }, reply) => {
        said += 1
        const own = said
        if (query['hold'] !== undefined) {
          held.arrived.resolve()
          await held.gate.promise
        }
        if (query['fresh'] !== 'never') reply.header('x-gateway-fresh-ms', query['fresh'] ?? '1000')
        if (query['cookie'] !== undefined) reply.header('set-cookie', 'a=1')
        reply.header('vary', query['vary'] ?? 'accept-encoding').code(Number(query['status'] ?? 200))
        return { said: own }
      })
      app.put('/events/:id', async () => ({}))
      app.put('/venues/:id', async () => ({}))
      app.put('/events/:id/broken', async (_request, reply) => {
        reply.hijack()
        reply.raw.destroy()
      })
    },
  },
})

const path = (query = '') => `/events/${randomUUID()}?${query}`
const ask = (target: string, init: RequestInit = {}) => fetch(`${gateway.url}${target}`, init)
const read = async (target: string, headers: Record<string, string> = {}) => {
  const answer = await ask(target, { headers })
  return ((await answer.json()) as { said: number }).said
}

it('what a service allows is given to the next reader without asking again, and the permission is not shown', async () => {
  const target = path()
  const first = await ask(target, { headers: { origin: 'http://localhost:3000' } })
  const second = await ask(target)
  expect(await second.json()).toEqual(await first.json())
  expect(gateway.seen()).toBe(1)
  for (const { status, headers } of [first, second]) {
    expect([status, headers.get('x-gateway-fresh-ms')]).toEqual([200, null])
    expect(headers.get('content-type')).toContain('application/json')
  }
  expect(first.headers.get('vary')?.toLowerCase()).toBe('origin, accept-encoding')
  expect(second.headers.get('access-control-allow-origin')).toBeNull()
  expect(first.headers.get('x-request-id')).not.toBe(second.headers.get('x-request-id'))
})

it('it is given for as long as it is fresh and no longer', async () => {
  const target = path('fresh=30')
  const first = await read(target)
  await expect.poll(() => read(target)).toBeGreaterThan(first)
})

it.each([
  ['without permission', 'fresh=never'],
  ['with a permission that is no number', 'fresh=soon'],
  ['that depends on more than its coding', 'vary=accept-encoding,%20x-user-id'],
  ['that sets a cookie', 'cookie=1'],
  ['that is a refusal', 'status=404'],
])('an answer %s is asked for each time', async (_what, query) => {
  const target = path(query)
  expect(await read(target)).not.toBe(await read(target))
})

it.each([
  ['an administrator', () => gateway.as('ADMIN')],
  ['who takes another coding', () => ({ 'accept-encoding': 'br' })],
  ['who has another state', () => ({ 'if-none-match': '"other"' })],
  ['who wants a part', () => ({ range: 'bytes=0-1' })],
])('%s is not given what was kept, nor is theirs given to others', async (_who, headers) => {
  const target = path()
  const first = await read(target, headers())
  const plain = await read(target)
  expect(plain).not.toBe(first)
  expect(await read(target)).toBe(plain)
})

it('another target is another answer', async () => {
  expect(await read(path('page=1'))).not.toBe(await read(path('page=2')))
})

it.each(['', '/broken'])(
  'after a change through the gateway nobody is given what was true before it (PUT …%s)',
  async (end) => {
    const target = path()
    const before = await read(target)
    await ask(`/events/${randomUUID()}${end}`, { method: 'PUT', headers: gateway.as('ADMIN'), body: '{}' })
    expect(await read(target)).toBeGreaterThan(before)
  },
)

it('what was asked for before a change and answered after it is given to nobody else', async () => {
  const target = path('hold=1')
  const early = read(target)
  await held.arrived.promise
  await ask(`/events/${randomUUID()}`, { method: 'PUT', headers: gateway.as('ADMIN'), body: '{}' })
  held.gate.resolve()
  const old = await early
  expect(await read(target)).toBeGreaterThan(old)
})
