import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'
import { refusalOfPath } from './refusal-of-path.ts'

const gateway = testGateway()

const get = (target: string, method = 'GET', host = 'gateway.test') =>
  gateway.raw(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
const statusOf = (answer: string) => Number(answer.split(' ')[1])
const codeOf = (answer: string) => /"code":"([A-Z_]+)"/.exec(answer)?.[1]

describe('anything under /internal is 404 in any spelling, and no service hears of it (INT-007, INT-008)', () => {
  const spellings = [
    '/internal/ping',
    '/internal',
    '/internal/',
    '/internal/ping/',
    '/internal/pin%67',
    '/%69nternal/ping',
    '/%2569nternal/ping',
    '/%252569nternal/ping',
    '/INTERNAL/ping',
    '/Internal/ping',
    '/iNtErNaL/ping',
    '/x/../internal/ping',
    '/x/%2e%2e/internal/ping',
    '/x/.%2e/internal/ping',
    '/./internal/ping',
    '/x/..\\internal/ping',
    '//internal/ping',
    '///internal/ping',
    '//evil.test/internal/ping',
    '/\\internal/ping',
    'http://h/internal/ping',
    'HTTP://h/internal/ping',
    '/internal%2fping',
    '/internal%5cping',
    '/internal;a=b/ping',
    '/;/internal/ping',
    '/internal%00',
    '/internal%00/ping',
    '/internal%20/ping',
    '/internal%20',
    '/internal./ping',
    '/internal%2e/ping',
    '/internal?x=1',
    '/internal%3fx=1',
    '/internal%23x',
    '/internal/%',
    '/internal/%ff',
    '/events/..%2finternal/ping',
    '/events/..%2f..%2finternal/ping',
    '/events/../internal/ping',
    '/events/internal/ping',
    '/users/%2e%2e/internal/keys',
    '/queue/..;/internal/tokens/payment',
    '/reservations/%2e%2e%2finternal/reservations/1',
    '/payments//internal',
  ]
  it.each(spellings)('%s', async (target) => {
    for (const method of ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']) {
      const answer = await get(target, method)
      expect(statusOf(answer), `${method} ${target}`).toBe(404)
      if (method !== 'HEAD') expect(codeOf(answer)).toBe('NOT_FOUND')
    }
    expect(gateway.seen()).toBe(0)
  })
})

describe('a path that is not in its one canonical form is 400, and no service hears of it', () => {
  it.each([
    '/%65vents',
    '/events/%31',
    '/events/%2e%2e/users/me',
    '/events/../users/me',
    '/events/./x',
    '/events/..',
    '/events/%2E',
    '/events%2fx',
    '/events%5cx',
    '/events\\x',
    '/events//x',
    '//events',
    '//evil.test/events',
    '/\\evil.test/events',
    '/events;a=b',
    '/events;jsessionid=1/x',
    '/events/%00',
    '/events/x%00.css',
    '/events/%0d%0aX-Injected:1',
    '/events/%20',
    '/events/a b',
    '/events/%',
    '/events/%zz',
    '/events/%c0%ae%c0%ae',
    '/events/@x',
    'http://evil.test/events',
    'http://127.0.0.1:8082/events',
    'https://evil.test/events',
    'events',
    '*',
    '/-/not-found',
    '/-/invalid-path',
    '/.env',
    '/.git/config',
  ])('%s', async (target) => {
    const answer = await get(target)
    expect(statusOf(answer)).toBe(400)
    expect(answer).toContain('application/problem+json')
    expect(gateway.seen()).toBe(0)
  })
})

it('paths outside the allow-list are 404, whatever their case', async () => {
  for (const target of [
    '/Events',
    '/EVENTS',
    '/eventsx',
    '/metrics',
    '/readyz',
    '/admin',
    '/api/events',
    '/sandbox/reset',
  ]) {
    expect(statusOf(await get(target)), target).toBe(404)
  }
  expect(gateway.seen()).toBe(0)
})

it('the query may hold anything, and arrives byte for byte at the service of the path', async () => {
  const target = '/events?q=%2e%2e%2Finternal&redirect=http://evil.test//x;y&k=%ED%95%9C%EA%B8%80&q=2'
  expect(statusOf(await get(target))).toBe(200)
  expect(gateway.upstreams.event.seen.map(({ url }) => url)).toEqual([target])
})

it('the Host header decides nothing about where a request goes', async () => {
  expect(statusOf(await get('/events', 'GET', 'evil.test'))).toBe(200)
  expect(gateway.upstreams.event.seen[0]?.headers['host']).toBe(new URL(gateway.upstreams.event.url).host)
})

it('no path that may be routed changes when it is decoded or resolved', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('/', '.', '..', '%2e', '%2F', '\\', ';', 'events', 'internal', '%69', 'ü', ' ')),
      (parts) => {
        const path = `/${parts.join('')}`
        if (refusalOfPath(path) !== null) return
        expect(new URL(path, 'http://a.test').href).toBe(`http://a.test${path}`)
        expect(decodeURIComponent(path)).toBe(path)
        expect(path.toLowerCase().split('/')).not.toContain('internal')
      },
    ),
    { numRuns: 3000 },
  )
})
