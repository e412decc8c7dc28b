import { blacklistKey, isBlacklisted } from '@ticket-queue/lua/token'
import { decodeJwt } from 'jose'
import { v4 as uuid } from 'uuid'
import { expect, test } from 'vitest'
import { asBearer, outcome, testUserService } from '../test-user-service.ts'

const { db, redis, post, loggedIn, logIn } = await testUserService()

const logOut = (headers: Record<string, string>) => post('/auth/logout', undefined, headers)
const jtiOf = (accessToken: string) => String(decodeJwt(accessToken).jti)

test('log-out ends the refresh token, and the access token for exactly what was left of it', async () => {
  const { accessToken, refreshToken } = await loggedIn()
  const answer = await logOut(asBearer(accessToken))
  expect(answer.statusCode).toBe(204)
  expect(answer.body).toBe('')
  expect(outcome(await post('/auth/refresh', { refreshToken }))).toBe('401 REFRESH_REUSED')

  const [seconds] = await redis.client.time()
  const endsAt = Number(seconds) + (await redis.client.ttl(blacklistKey(jtiOf(accessToken))))
  expect(Math.abs(endsAt - Number(decodeJwt(accessToken).exp))).toBeLessThanOrEqual(1)
})

test('access tokens of the same session from before a refresh are refused too', async () => {
  const { accessToken, refreshToken } = await loggedIn()
  const renewed = (await post('/auth/refresh', { refreshToken })).json<{ accessToken: string }>()
  await logOut(asBearer(renewed.accessToken))
  expect(await isBlacklisted(redis, jtiOf(accessToken))).toBe(true)
  expect(await isBlacklisted(redis, jtiOf(renewed.accessToken))).toBe(true)
})

test('log-out on one device leaves the others logged in', async () => {
  const { email, password, accessToken } = await loggedIn()
  const other = (await logIn(email, password)).json<{ accessToken: string; refreshToken: string }>()
  await logOut(asBearer(accessToken))
  expect(await isBlacklisted(redis, jtiOf(other.accessToken))).toBe(false)
  expect(outcome(await post('/auth/refresh', { refreshToken: other.refreshToken }))).toBe('200')
})

test('repeating it changes nothing', async () => {
  const { accessToken } = await loggedIn()
  expect(outcome(await logOut(asBearer(accessToken)))).toBe('204')
  expect(outcome(await logOut(asBearer(accessToken)))).toBe('204')
})

test('nobody ends the session of somebody else', async () => {
  const victim = await loggedIn()
  const thief = await loggedIn()
  await logOut({ ...asBearer(thief.accessToken), 'x-token-id': jtiOf(victim.accessToken) })
  expect(outcome(await post('/auth/refresh', { refreshToken: victim.refreshToken }))).toBe('200')
})

test('a log-out in the middle of a refresh leaves no refresh token alive', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id, accessToken, refreshToken } = await loggedIn()
    await Promise.all([post('/auth/refresh', { refreshToken }), logOut(asBearer(accessToken))])
    const alive = db.selectFrom('auth_tokens').select('id').where('user_id', '=', id).where('revoked', '=', false)
    expect(await alive.execute()).toEqual([])
  }
})

test('an access token that has ended gets no entry', async () => {
  const { accessToken } = await loggedIn()
  const tokenId = uuid()
  const headers = { ...asBearer(accessToken), 'x-token-id': tokenId, 'x-token-expires-at': '1000' }
  expect(outcome(await logOut(headers))).toBe('204')
  expect(await isBlacklisted(redis, tokenId)).toBe(false)
})

test('without the gateway’s word nobody is known', async () => {
  const { accessToken } = await loggedIn()
  const { 'x-service-api-key': _key, ...forged } = asBearer(accessToken)
  expect(outcome(await logOut(forged))).toBe('401 UNAUTHENTICATED')
  expect(outcome(await logOut({ ...forged, 'x-service-api-key': uuid() }))).toBe('401 UNAUTHENTICATED')
  expect(await isBlacklisted(redis, jtiOf(accessToken))).toBe(false)
})
