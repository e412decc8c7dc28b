import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { apiKey, testGateway } from '../test-gateway.ts'
import { claims, signToken } from '../test-tokens.ts'

const text = 'seat '.repeat(400)
const packed = brotliCompressSync(randomBytes(3000).toString('hex'))
const gateway = testGateway({
  upstreams: {
    event: (app) => {
      app.get('/events/large', async (_request, reply) => reply.type('application/json').send(JSON.stringify({ text })))
      app.get('/events/packed', async (_request, reply) =>
        reply
          .headers({ 'content-encoding': 'br', vary: 'accept-encoding', etag: 'W/"v1"' })
          .type('application/json')
          .send(packed),
      )
      app.get('/events/problem', async (_request, reply) =>
        reply.code(409).type('application/problem+json').send('{"code":"SALE_STARTED"}'),
      )
      app.get('/events/etag', async (request, reply) =>
        request.headers['if-none-match'] === '"v1"' ? reply.code(304).header('etag', '"v1"').send() : { fresh: true },
      )
      app.get('/events/chatty', async (_request, reply) =>
        reply.headers({ server: 'Fastify', 'x-powered-by': 'us', 'x-request-id': 'theirs', 'x-own': 'kept' }).send({}),
      )
    },
    user: (app) => {
      app.get('/auth/oauth/kakao', async (_request, reply) =>
        reply.header('set-cookie', ['a=1; HttpOnly', 'b=2; HttpOnly']).redirect('https://kauth.kakao.com/authorize'),
      )
    },
  },
})

const userId = '01970000-0000-7000-8000-00000000000a'
const victimId = '01970000-0000-7000-8000-00000000000b'
const token = () => signToken(gateway.key, claims({ sub: userId }))
const headersSeen = () => gateway.upstreams.user.seen[0]?.rawHeaders ?? []
const valuesOf = (pattern: RegExp) => {
  const raw = headersSeen()
  return raw.filter((_value, index) => index % 2 === 1 && pattern.test(raw[index - 1] ?? ''))
}

describe('where requests go (GW-001)', () => {
  it.each([
    ['/auth/terms', 'user'],
    ['/users/me', 'user'],
    ['/events', 'event'],
    ['/venues/1', 'event'],
    ['/queue/status', 'queue'],
    ['/queue/stream', 'queue'],
    ['/reservations', 'reservation'],
    ['/payments', 'payment'],
  ])('%s goes to %s, with its path and query as they are', async (path, service) => {
    const answer = await fetch(`${gateway.url}${path}?page=0&size=20`, { headers: gateway.as('USER') })
    expect(await answer.json()).toEqual({ service, method: 'GET', url: `${path}?page=0&size=20` })
  })
})

describe('who the service believes is asking', () => {
  const spoofs: [string, string[]][] = [
    ['another user', [`X-User-Id: ${victimId}`, 'X-User-Role: ADMIN']],
    ['lower case', [`x-user-id: ${victimId}`, 'x-user-role: ADMIN']],
    ['mixed case', [`x-USER-id: ${victimId}`, 'X-user-ROLE: ADMIN']],
    ['underscores', [`X_User_Id: ${victimId}`, 'X_User_Role: ADMIN', `x_service_api_key: ${apiKey}`]],
    ['mixed marks', [`X-User_Id: ${victimId}`, 'X_User-Role: ADMIN']],
    ['the header twice', [`X-User-Id: ${victimId}`, `X-User-Id: ${victimId}`]],
    ['a list', [`X-User-Id: ${userId}, ${victimId}`, 'X-User-Role: USER, ADMIN']],
    ['the gateway key', [`X-Service-Api-Key: ${apiKey}`, `X-User-Id: ${victimId}`]],
    ['a token ID', [`X-Token-Id: ${victimId}`, 'X-Token-Expires-At: 9999999999', 'X-Service-Name: payment']],
  ]
  it.each(spoofs)('is the one of the token, whatever the client says: %s', async (_what, lines) => {
    const head = [
      'GET /users/me HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${token()}`,
      'Connection: close',
      ...lines,
    ]
    expect(await gateway.raw(`${head.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
    expect(valuesOf(/^x[-_]user[-_]id$/i)).toEqual([userId])
    expect(valuesOf(/^x[-_]user[-_]role$/i)).toEqual(['USER'])
    expect(valuesOf(/^x[-_]service[-_]api[-_]key$/i)).toEqual([apiKey])
    expect(valuesOf(/^x[-_]token[-_]expires[-_]at$/i)).toHaveLength(1)
    expect(valuesOf(/^x[-_]service[-_]name$/i)).toEqual([])
    expect(headersSeen().join('\n')).not.toContain(victimId)
  })

  it('is nobody on public routes, even with a token and identity headers', async () => {
    const headers = { authorization: `Bearer ${token()}`, 'x-user-id': victimId, 'x-user-role': 'ADMIN' }
    await fetch(`${gateway.url}/auth/terms`, { headers })
    expect(valuesOf(/user/i)).not.toContain(victimId)
    expect(valuesOf(/^x-user-/i)).toEqual([])
    expect(valuesOf(/^authorization$/i)).toEqual([])
  })

  it.each(['X-User-Id', 'x-service-api-key', 'X-User-Id, X-User-Role, X-Service-Api-Key, X-Request-Id, X-Queue-Token'])(
    'cannot be taken away by naming headers in Connection: %s',
    async (names) => {
      const head = [
        'GET /users/me HTTP/1.1',
        'Host: a',
        `Authorization: Bearer ${token()}`,
        `Connection: close, ${names}`,
      ]
      expect(await gateway.raw(`${head.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
      expect(valuesOf(/^x-user-id$/i)).toEqual([userId])
      expect(valuesOf(/^x-service-api-key$/i)).toEqual([apiKey])
    },
  )

  it('comes from the address that connected: X-Forwarded-For and its kin are not believed', async () => {
    const headers = {
      authorization: `Bearer ${token()}`,
      'x-forwarded-for': '6.6.6.6',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
    }
    await fetch(`${gateway.url}/users/me`, { headers })
    expect(valuesOf(/^x-forwarded-for$/i)).toEqual(['127.0.0.1'])
    expect(valuesOf(/^x-forwarded-proto$/i)).toEqual(['http'])
    expect(headersSeen().join('\n')).not.toMatch(/6\.6\.6\.6|evil\.test/)
  })
})

describe('bodies', () => {
  const post = (path: string, body: RequestInit['body'], headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}${path}`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

  it('arrive byte for byte, so that a webhook keeps its signature', async () => {
    const body = '{ "b":1,\t"a" : "\\u00e9",  "a":2 }\n'
    const answer = await post('/payments/webhook', body, {
      'content-type': 'application/json; charset=utf-8',
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': 'v1,abc=',
    })
    expect(answer.status).toBe(200)
    const [seen] = gateway.upstreams.payment.seen
    expect(seen?.body.toString()).toBe(body)
    expect(seen?.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': 'v1,abc=',
    })
  })

  it('of any type and in chunks arrive whole', async () => {
    const bytes = randomBytes(200_000)
    const chunks = new ReadableStream({
      start: (controller) => {
        for (let at = 0; at < bytes.length; at += 50_000) controller.enqueue(bytes.subarray(at, at + 50_000))
        controller.close()
      },
    })
    expect((await post('/payments/webhook', chunks, { 'content-type': 'application/octet-stream' })).status).toBe(200)
    const sent = createHash('sha256').update(bytes).digest('hex')
    const received = createHash('sha256')
      .update(gateway.upstreams.payment.seen[0]?.body ?? '')
      .digest('hex')
    expect(received).toBe(sent)
  })

  it('may be empty', async () => {
    expect((await fetch(`${gateway.url}/auth/refresh`, { method: 'POST' })).status).toBe(200)
    expect(gateway.upstreams.user.seen[0]?.body).toHaveLength(0)
  })

  it.each([
    ['/auth/login', 10_241],
    ['/payments/webhook', 1_048_577],
  ])('of %s over the limit are 413, with or without their length said before (GW-014)', async (path, bytes) => {
    const body = Buffer.alloc(bytes, 'x')
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(body)
        controller.close()
      },
    })
    for (const sent of [body, stream]) {
      const answer = await post(path, sent, { 'content-type': 'application/json' })
      expect([answer.status, await answer.json()]).toMatchObject([413, { code: 'PAYLOAD_TOO_LARGE' }])
    }
    expect(gateway.seen()).toBe(0)
    expect((await post(path, body.subarray(0, bytes - 1), { 'content-type': 'application/json' })).status).toBe(200)
  })

  it('of a GET are dropped, and what follows on the connection is not read as a part of it', async () => {
    const answer = await gateway.raw(
      'GET /events HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\nGET /venues HTTP/1.1\r\nHost: evil\r\n\r\n' +
        'GET /venues/2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(2)
    expect(gateway.upstreams.event.seen.map(({ url }) => url)).toEqual(['/events', '/venues/2'])
    expect(gateway.upstreams.event.seen[0]?.headers['content-length']).toBeUndefined()
  })
})

describe('answers', () => {
  it('of a service pass as they are, refusals too', async () => {
    const answer = await fetch(`${gateway.url}/events/problem`)
    expect([answer.status, await answer.json()]).toEqual([409, { code: 'SALE_STARTED' }])
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    const unchanged = await fetch(`${gateway.url}/events/etag`, { headers: { 'if-none-match': '"v1"' } })
    expect([unchanged.status, unchanged.headers.get('etag')]).toEqual([304, '"v1"'])
  })

  it('carry redirects and cookies unchanged', async () => {
    const answer = await fetch(`${gateway.url}/auth/oauth/kakao`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://kauth.kakao.com/authorize'])
    expect(answer.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2; HttpOnly'])
  })

  it('carry the request ID of the gateway and nothing about the software behind it', async () => {
    const answer = await fetch(`${gateway.url}/events/chatty`, { headers: { 'x-request-id': 'client-request-1' } })
    expect(answer.headers.get('x-request-id')).toBe('client-request-1')
    expect(answer.headers.get('x-trace-id')).toBe('client-request-1')
    expect(gateway.upstreams.event.seen[0]?.headers['x-request-id']).toBe('client-request-1')
    expect(answer.headers.get('x-own')).toBe('kept')
    expect([answer.headers.get('server'), answer.headers.get('x-powered-by')]).toEqual([null, null])
  })

  it('that a service has compressed pass byte for byte, with all that they depend on', async () => {
    const headers = { origin: 'http://localhost:3000', 'accept-encoding': 'gzip, br' }
    const [answer] = await once(get(`${gateway.url}/events/packed`, { headers }), 'response')
    expect(await buffer(answer)).toEqual(packed)
    expect(answer.headers).toMatchObject({
      'content-length': String(packed.length),
      'content-encoding': 'br',
      vary: 'Origin, accept-encoding',
      etag: 'W/"v1"',
    })
  })

  it('are compressed from 1 KB, and only then (GW-013)', async () => {
    const headers = { 'Accept-Encoding': 'gzip', Connection: 'close', Host: 'a' }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    const head = (path: string) => `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
    expect((await gateway.raw(head('/events/large'))).toLowerCase()).toContain('content-encoding: gzip')
    expect((await gateway.raw(head('/events'))).toLowerCase()).not.toContain('content-encoding')
    const plain = await fetch(`${gateway.url}/events/large`)
    expect(await plain.json()).toEqual({ text })
  })
})
