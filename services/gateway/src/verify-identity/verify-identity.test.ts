import { randomUUID } from 'node:crypto'
import { blacklistToken } from '@ticket-queue/lua/token'
import { describe, expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'
import { claims, hmacToken, newSigningKey, signToken, unsignedToken } from '../test-tokens.ts'

const gateway = testGateway()
const me = (token: string) => fetch(`${gateway.url}/users/me`, { headers: { authorization: `Bearer ${token}` } })
const nowSeconds = () => Math.floor(Date.now() / 1000)

it('a good token makes the identity that the service is told (GW-002)', async () => {
  const body = claims({ role: 'ADMIN' })
  const answer = await me(signToken(gateway.key, body))
  expect(answer.status).toBe(200)
  expect(gateway.upstreams.user.seen[0]?.headers).toMatchObject({
    'x-user-id': body['sub'],
    'x-user-role': 'ADMIN',
    'x-token-id': body['jti'],
    'x-token-expires-at': String(body['exp']),
    'x-request-id': answer.headers.get('x-request-id'),
  })
  expect(gateway.upstreams.user.seen[0]?.headers['authorization']).toBeUndefined()
})

describe('a token that is not good is 401, and no service hears of it', () => {
  const stranger = newSigningKey('key-1')
  const publicPem = () => gateway.key.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const publicRaw = () => Buffer.from(String(gateway.key.jwk['x']), 'base64url')
  const withClaims = (changes: Record<string, unknown>) => signToken(gateway.key, claims(changes))
  const without = (name: string) => {
    const { [name]: _left, ...rest } = claims()
    return signToken(gateway.key, rest)
  }
  const attacks: [string, () => string][] = [
    ['alg none', () => unsignedToken(claims(), { alg: 'none', kid: 'key-1' })],
    ['alg None', () => unsignedToken(claims(), { alg: 'None', kid: 'key-1' })],
    ['alg nOnE', () => unsignedToken(claims(), { alg: 'nOnE', kid: 'key-1' })],
    ['no alg', () => unsignedToken(claims(), { kid: 'key-1' })],
    ['an empty signature', () => `${signToken(gateway.key, claims()).split('.').slice(0, 2).join('.')}.`],
    ['no signature', () => signToken(gateway.key, claims()).split('.').slice(0, 2).join('.')],
    ['HS256 with the public key in PEM', () => hmacToken(publicPem(), claims(), { kid: 'key-1' })],
    ['HS256 with the bytes of the public key', () => hmacToken(publicRaw(), claims(), { kid: 'key-1' })],
    ['HS256 with an empty secret', () => hmacToken('', claims(), { kid: 'key-1' })],
    ['a key of somebody else under our kid', () => signToken(stranger, claims())],
    ['an unknown kid', () => signToken(stranger, claims(), { kid: 'key-unknown' })],
    ['a path as kid', () => signToken(stranger, claims(), { kid: '../../dev/null' })],
    ['SQL as kid', () => signToken(stranger, claims(), { kid: "' UNION SELECT 'x' --" })],
    ['no kid', () => signToken(gateway.key, claims(), { kid: undefined })],
    ['a number as kid', () => signToken(gateway.key, claims(), { kid: 1 })],
    ['a key in the token itself (jwk)', () => signToken(stranger, claims(), { kid: 'own', jwk: stranger.jwk })],
    ['a key address (jku)', () => signToken(stranger, claims(), { kid: 'own', jku: 'http://evil.test/keys' })],
    ['a certificate address (x5u)', () => signToken(stranger, claims(), { kid: 'own', x5u: 'http://evil.test/x' })],
    ['ended', () => withClaims({ iat: nowSeconds() - 7200, exp: nowSeconds() - 1 })],
    ['not begun (nbf)', () => withClaims({ nbf: nowSeconds() + 600 })],
    ['without end', () => without('exp')],
    ['without ID', () => without('jti')],
    ['without subject', () => without('sub')],
    ['without role', () => without('role')],
    ['for another audience', () => withClaims({ aud: 'another-shop' })],
    ['for two audiences', () => withClaims({ aud: ['another-shop', 'yet-another'] })],
    ['of another issuer', () => withClaims({ iss: 'evil' })],
    ['without issuer', () => without('iss')],
    ['without audience', () => without('aud')],
    ['with a role that does not exist', () => withClaims({ role: 'ROOT' })],
    ['with a subject that is no UUID', () => withClaims({ sub: '1 OR 1=1' })],
    ['with line breaks in the subject', () => withClaims({ sub: 'x\r\nX-User-Role: ADMIN' })],
    ['an opaque refresh token', () => randomUUID().replaceAll('-', '')],
    [
      'altered after signing',
      () => {
        const [header, , signature] = signToken(gateway.key, claims()).split('.')
        return `${header}.${Buffer.from(JSON.stringify(claims({ role: 'ADMIN' }))).toString('base64url')}.${signature}`
      },
    ],
    ['junk', () => 'a.b.c'],
    ['nothing', () => ''],
  ]
  it.each(attacks)('%s', async (_what, token) => {
    const answer = await me(token())
    expect(answer.status).toBe(401)
    expect(['TOKEN_INVALID', 'TOKEN_EXPIRED']).toContain(((await answer.json()) as { code: string }).code)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(gateway.seen()).toBe(0)
  })

  it('an ended one is told apart, so that a client knows to refresh', async () => {
    const answer = await me(withClaims({ iat: nowSeconds() - 7200, exp: nowSeconds() - 1 }))
    expect(await answer.json()).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' })
  })

  it('one that was good ends when it says, also for who has just shown it', async () => {
    const token = withClaims({ exp: nowSeconds() + 2 })
    expect((await me(token)).status).toBe(200)
    const code = async () => Reflect.get(Object(await (await me(token)).json()), 'code')
    await expect.poll(code, { timeout: 10_000 }).toBe('TOKEN_EXPIRED')
  })

  it('one that was good and has been logged out', async () => {
    const body = claims()
    const token = signToken(gateway.key, body)
    expect((await me(token)).status).toBe(200)
    await blacklistToken(gateway.redis, String(body['jti']), 3600)
    const refused = await me(token)
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'TOKEN_INVALID' }])
  })

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer a b', 'bearer', 'Token x'])(
    'the authorization header %s',
    async (authorization) => {
      const answer = await fetch(`${gateway.url}/users/me`, { headers: { authorization } })
      expect(answer.status).toBe(401)
      expect(gateway.seen()).toBe(0)
    },
  )

  it('no token at all', async () => {
    const answer = await fetch(`${gateway.url}/users/me`)
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'UNAUTHENTICATED' }])
  })
})

describe('keys', () => {
  it('a new key is found at its first token, and a key that is listed no longer stops counting', async () => {
    const next = newSigningKey('key-2')
    gateway.listKeys([gateway.key, next])
    await expect.poll(async () => (await me(signToken(next, claims()))).status).toBe(200)
    gateway.listKeys([next])
    await gateway.keys.refresh()
    expect((await me(signToken(gateway.key, claims()))).status).toBe(401)
    gateway.listKeys([gateway.key])
    await gateway.keys.refresh()
    expect((await me(signToken(gateway.key, claims()))).status).toBe(200)
  })

  it('a token that was good is refused once its key is no longer listed, and when another key has taken its name', async () => {
    const token = signToken(gateway.key, claims())
    expect((await me(token)).status).toBe(200)
    for (const listed of [newSigningKey('key-3'), newSigningKey(gateway.key.kid)]) {
      gateway.listKeys([listed])
      await gateway.keys.refresh()
      expect((await me(token)).status).toBe(401)
    }
    gateway.listKeys([gateway.key])
    await gateway.keys.refresh()
    expect((await me(token)).status).toBe(200)
  })
})

describe('who may pass', () => {
  const call = (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}${path}`, { method, headers })

  it.each([
    ['POST', '/auth/signup'],
    ['GET', '/auth/terms'],
    ['POST', '/auth/login'],
    ['POST', '/auth/refresh'],
    ['POST', '/auth/revive'],
    ['POST', '/auth/email-codes'],
    ['POST', '/auth/email-codes/verify'],
    ['POST', '/auth/password-reset'],
    ['GET', '/auth/oauth/kakao'],
    ['GET', '/auth/oauth/naver/callback'],
    ['GET', '/events'],
    ['HEAD', '/events'],
    ['GET', '/events/1'],
    ['GET', '/events/schedules/1/seats'],
    ['GET', '/venues'],
    ['GET', '/venues/1'],
    ['POST', '/payments/webhook'],
    ['GET', '/reservations/tickets/keys'],
    ['GET', '/queue/draws/1'],
    ['GET', '/queue/draws/1/announcement.json'],
    ['GET', '/queue/draws/1/draw.json'],
    ['GET', '/queue/draws/1/roster.ndjson'],
  ])('%s %s is open to everybody (GW-003)', async (method, path) => {
    expect((await call(method, path)).status).toBe(200)
    expect((await call(method, path, { authorization: 'Bearer junk' })).status).toBe(200)
  })

  it('reading events, an administrator is known by a token that counts, and all others are nobody', async () => {
    const seenAs = async (headers: Record<string, string>, path = '/events/1') => {
      expect((await call('GET', path, headers)).status).toBe(200)
      const seen = gateway.upstreams.event.seen.at(-1)?.headers
      return [seen?.['x-user-role'], seen?.['x-user-id']]
    }
    const admin = claims({ role: 'ADMIN' })
    const bearer = (body: Record<string, unknown>) => ({ authorization: `Bearer ${signToken(gateway.key, body)}` })
    for (let times = 0; times < 2; times += 1) expect(await seenAs(bearer(admin))).toEqual(['ADMIN', admin['sub']])
    const nobody = [undefined, undefined]
    expect(await seenAs(gateway.as('USER'))).toEqual(nobody)
    expect(await seenAs({ 'x-user-role': 'ADMIN', 'x-user-id': String(admin['sub']) })).toEqual(nobody)
    expect(await seenAs(bearer({ ...admin, exp: Math.floor(Date.now() / 1000) - 60 }))).toEqual(nobody)
    expect(await seenAs(bearer(admin), '/venues')).toEqual(nobody)
    await blacklistToken(gateway.redis, String(admin['jti']), 3600)
    expect(await seenAs(bearer(admin))).toEqual(nobody)
  })

  it.each([
    ['POST', '/auth/logout'],
    ['GET', '/auth/unknown'],
    ['GET', '/users/me'],
    ['POST', '/queue/enter'],
    ['GET', '/queue/status'],
    ['GET', '/queue/stream'],
    ['GET', '/queue/draws/1/receipt'],
    ['GET', '/queue/draws/1/draw.json/1'],
    ['POST', '/queue/draws/1'],
    ['GET', '/reservations'],
    ['DELETE', '/reservations/hold/1'],
    ['GET', '/reservations/1/ticket'],
    ['GET', '/payments'],
    ['GET', '/payments/webhook'],
    ['PUT', '/payments/1'],
  ])('%s %s needs a user', async (method, path) => {
    expect((await call(method, path)).status).toBe(401)
    expect((await call(method, path, gateway.as('USER'))).status).toBe(200)
  })

  it.each([
    ['POST', '/events'],
    ['PATCH', '/events/1'],
    ['DELETE', '/events/1'],
    ['POST', '/events/1/publish'],
    ['PATCH', '/events/schedules/1'],
    ['POST', '/venues'],
    ['PUT', '/venues/1/halls/1'],
    ['GET', '/events/admin/consistency/1'],
    ['GET', '/queue/admin/stats'],
    ['PUT', '/queue/admin/schedules/1'],
    ['GET', '/payments/admin/unsettled'],
    ['POST', '/payments/admin/dead-letters/1/replay'],
    ['POST', '/reservations/tickets/verify'],
    ['POST', '/reservations/tickets/entries'],
    ['PUT', '/reservations/tickets/keys'],
  ])('%s %s needs an administrator (GW-015)', async (method, path) => {
    expect((await call(method, path)).status).toBe(401)
    const refused = await call(method, path, gateway.as('USER'))
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'FORBIDDEN' }])
    expect(gateway.seen()).toBe(0)
    expect((await call(method, path, gateway.as('ADMIN'))).status).toBe(200)
  })
})
