import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildHttp } from '../http/build-http.ts'
import { createMetrics } from '../metrics.ts'
import { rememberingLog } from '../test-log.ts'
import { identityOf, requireAdmin, requireGateway, requireIdentity } from './identity.ts'
import { requireServiceKey } from './service-keys.ts'

const gatewayKey = '7d444840-9dc0-41d1-b245-5ffdce74fad2'
const newGatewayKey = '0d444840-9dc0-41d1-b245-5ffdce74fad2'
const paymentKey = '9c858901-8a57-4791-81fe-4c455b099bc9'
const keys = { gateway: [gatewayKey, newGatewayKey], payment: [paymentKey] }
const userId = '01970000-0000-7000-8000-000000000001'
const tokenId = '01970000-0000-7000-8000-000000000002'

const { log, text, clear } = rememberingLog('identity')
const build = () => buildHttp({ service: 'identity', log, metrics: createMetrics('identity') })

const publicApp = build()
requireGateway(publicApp, keys)
publicApp.get('/who', { schema: { response: { 200: z.unknown() } } }, async (request) => ({
  identity: identityOf(request),
}))
publicApp.get('/mine', async (request) => requireIdentity(request))
publicApp.get('/admin', async (request) => requireAdmin(request))

const internalApp = build()
requireServiceKey(internalApp, keys)
internalApp.get('/internal/caller', async (request) => ({ caller: request.caller }))

afterAll(() => Promise.all([publicApp.close(), internalApp.close()]))

const identityHeaders = {
  'x-user-id': userId,
  'x-user-role': 'USER',
  'x-token-id': tokenId,
  'x-token-expires-at': '1893456000',
}

describe('requireGateway', () => {
  it('believes identity headers of a caller with the gateway key, old or new', async () => {
    for (const key of keys.gateway) {
      const answer = await publicApp.inject({ url: '/who', headers: { ...identityHeaders, 'x-service-api-key': key } })
      expect(answer.json()).toEqual({ identity: { userId, role: 'USER', tokenId, tokenExpiresAt: 1_893_456_000 } })
    }
  })

  it.each([
    ['no key', {}],
    ['an unknown key', { 'x-service-api-key': '11111111-1111-4111-8111-111111111111' }],
    ['a key of another service', { 'x-service-api-key': paymentKey }],
    ['the beginning of the key', { 'x-service-api-key': gatewayKey.slice(0, -1) }],
    ['an empty key', { 'x-service-api-key': '' }],
  ])('ignores identity headers with %s', async (_what, headers) => {
    const answer = await publicApp.inject({ url: '/who', headers: { ...identityHeaders, ...headers } })
    expect(answer.json()).toEqual({ identity: null })
    const mine = await publicApp.inject({ url: '/mine', headers: { ...identityHeaders, ...headers } })
    expect([mine.statusCode, mine.json().code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('a repeated or malformed identity is no identity', async () => {
    for (const wrong of [{ 'x-user-id': `${userId}, ${tokenId}` }, { 'x-user-role': 'ROOT' }, { 'x-user-id': 'me' }]) {
      const headers = { ...identityHeaders, ...wrong, 'x-service-api-key': gatewayKey }
      expect((await publicApp.inject({ url: '/who', headers })).json()).toEqual({ identity: null })
    }
  })

  it('administrator routes answer 401 to nobody, 403 to a user and 200 to an administrator (GW-015)', async () => {
    const statusOf = async (headers: Record<string, string>) =>
      (await publicApp.inject({ url: '/admin', headers: { 'x-service-api-key': gatewayKey, ...headers } })).statusCode
    expect(await statusOf({})).toBe(401)
    expect(await statusOf(identityHeaders)).toBe(403)
    expect(await statusOf({ ...identityHeaders, 'x-user-role': 'ADMIN' })).toBe(200)
  })
})

describe('requireServiceKey', () => {
  it('names the caller by its key', async () => {
    const answer = await internalApp.inject({ url: '/internal/caller', headers: { 'x-service-api-key': paymentKey } })
    expect(answer.json()).toEqual({ caller: 'payment' })
  })

  it('refuses everybody else with 401, and writes down caller, IP and time, but no key (INT-006)', async () => {
    for (const key of ['', gatewayKey.slice(1), `${gatewayKey}x`, `${gatewayKey}, ${gatewayKey}`]) {
      clear()
      const headers = { 'x-service-name': 'payment', ...(key === '' ? {} : { 'x-service-api-key': key }) }
      const answer = await internalApp.inject({ url: '/internal/caller', headers })
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'SERVICE_KEY_INVALID'])
      const refused = text()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))[0]
      expect(refused).toMatchObject({ msg: 'service key refused', claimedCaller: 'payment', ip: '127.0.0.1' })
      expect(Number.isNaN(Date.parse(refused.time))).toBe(false)
      expect(text()).not.toContain(gatewayKey.slice(1))
    }
  })

  it('what was presented before makes no key look like another one', async () => {
    const callerOf = async (key: string) => {
      const answer = await internalApp.inject({ url: '/internal/caller', headers: { 'x-service-api-key': key } })
      return answer.json().caller ?? answer.statusCode
    }
    const offered = [gatewayKey, gatewayKey.slice(0, -1), `${gatewayKey}x`, gatewayKey, 'x'.repeat(513), paymentKey]
    const told = []
    for (const key of offered) told.push(await callerOf(key))
    expect(told).toEqual(['gateway', 401, 401, 'gateway', 401, 'payment'])
    expect(await callerOf(`${gatewayKey}\0`)).toBe(401)
    expect(() => requireServiceKey(internalApp, { gateway: ['x'.repeat(513)] })).toThrow('512')
  })

  it('an unknown internal path does not tell strangers that it is unknown', async () => {
    expect((await internalApp.inject({ url: '/internal/nothing' })).statusCode).toBe(401)
  })
})
