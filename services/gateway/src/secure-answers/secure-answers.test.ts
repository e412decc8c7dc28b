import { describe, expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

const gateway = testGateway()
const origin = 'http://localhost:3000'
const preflight = (from: string, path = '/reservations/hold') =>
  fetch(`${gateway.url}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin: from,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-queue-token',
    },
  })

describe('CORS (GW-004)', () => {
  it('lets the front end send its headers, with credentials', async () => {
    const answer = await preflight(origin)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect(answer.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('x-queue-token')
    expect(gateway.seen()).toBe(0)
    const plain = await fetch(`${gateway.url}/events`, { headers: { origin } })
    expect(plain.headers.get('access-control-allow-origin')).toBe(origin)
    expect(plain.headers.get('access-control-expose-headers')).toContain('X-Request-Id')
    expect(plain.headers.get('vary')?.toLowerCase()).toContain('origin')
  })

  it('lets the front end read refusals too', async () => {
    const answer = await fetch(`${gateway.url}/users/me`, { headers: { origin } })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, origin])
  })

  it.each([
    'null',
    'https://evil.test',
    'http://localhost:3000.evil.test',
    'http://localhost:30001',
    'https://localhost:3000',
  ])('allows nothing to the origin %s', async (from) => {
    expect((await preflight(from)).headers.get('access-control-allow-origin')).toBeNull()
    const plain = await fetch(`${gateway.url}/events`, { headers: { origin: from } })
    expect(plain.headers.get('access-control-allow-origin')).toBeNull()
  })
})

it('every answer carries security headers (GW-011), refusals included', async () => {
  for (const path of ['/events', '/users/me', '/nowhere']) {
    const { headers } = await fetch(`${gateway.url}${path}`)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'")
    expect(headers.get('strict-transport-security')).toContain('max-age')
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  }
})
