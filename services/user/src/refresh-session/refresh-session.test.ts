import { isBlacklisted } from '@ticket-queue/lua/token'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { asBearer, outcome, testUserService } from '../test-user-service.ts'

const { db, redis, post, loggedIn, logIn } = await testUserService()

const refresh = (refreshToken: string) => post('/auth/refresh', { refreshToken })
const tokensOf = (answer: Awaited<ReturnType<typeof refresh>>) =>
  answer.json<{ accessToken: string; refreshToken: string }>()
const jtiOf = (accessToken: string) => String(decodeJwt(accessToken).jti)

test('a refresh token gives new tokens of the same person, and works once', async () => {
  const { id, accessToken, refreshToken } = await loggedIn()
  const answer = await refresh(refreshToken)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['cache-control']).toBe('no-store')
  const renewed = tokensOf(answer)
  expect(renewed).toMatchObject({ expiresIn: 3600, tokenType: 'Bearer' })
  expect(renewed.refreshToken).not.toBe(refreshToken)
  expect(decodeJwt(renewed.accessToken).sub).toBe(id)
  expect(jtiOf(renewed.accessToken)).not.toBe(jtiOf(accessToken))
  expect(outcome(await refresh(renewed.refreshToken))).toBe('200')
})

test('a stolen token that is used again ends every token of its family, access tokens too', async () => {
  const { accessToken, refreshToken } = await loggedIn()
  const second = tokensOf(await refresh(refreshToken))
  const third = tokensOf(await refresh(second.refreshToken))
  expect(outcome(await refresh(refreshToken))).toBe('401 REFRESH_REUSED')
  expect(outcome(await refresh(third.refreshToken))).toBe('401 REFRESH_REUSED')
  for (const token of [accessToken, second.accessToken, third.accessToken]) {
    expect(await isBlacklisted(redis, jtiOf(token))).toBe(true)
  }
})

test('another session of the same person goes on when one family ends', async () => {
  const { email, password, refreshToken } = await loggedIn()
  const other = tokensOf(await logIn(email, password))
  await refresh(refreshToken)
  await refresh(refreshToken)
  expect(outcome(await refresh(other.refreshToken))).toBe('200')
  expect(await isBlacklisted(redis, jtiOf(other.accessToken))).toBe(false)
})

test('of two refreshes in the same moment one succeeds, the other is a reuse, and the family is over', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { refreshToken } = await loggedIn()
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)])
    expect(answers.map(outcome).sort()).toEqual(['200', '401 REFRESH_REUSED'])
    const winner = answers.find((answer) => answer.statusCode === 200)
    if (!winner) throw new Error('nobody won')
    expect(outcome(await refresh(tokensOf(winner).refreshToken))).toBe('401 REFRESH_REUSED')
  }
})

test('a theft noticed while the thief renews leaves no token alive', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id, refreshToken } = await loggedIn()
    const current = tokensOf(await refresh(refreshToken))
    await Promise.all([refresh(current.refreshToken), refresh(refreshToken)])
    const alive = await db.selectFrom('auth_tokens').select('id').where('user_id', '=', id).where('revoked', '=', false)
    expect(await alive.execute()).toEqual([])
  }
})

test('an expired token is invalid, and its family has not ended by it', async () => {
  const { id, refreshToken } = await loggedIn()
  const expire = (offset: string) =>
    db
      .updateTable('auth_tokens')
      .set({ expires_at: new Date(Date.now() + Number(offset)) })
      .where('user_id', '=', id)
      .execute()
  await expire('-1000')
  expect(outcome(await refresh(refreshToken))).toBe('401 REFRESH_INVALID')
  await expire('60000')
  expect(outcome(await refresh(refreshToken))).toBe('200')
})

test('an unknown token, an access token and a shortened token are invalid', async () => {
  const { accessToken, refreshToken } = await loggedIn()
  for (const token of ['unknown', accessToken, refreshToken.slice(0, -1)]) {
    const expected = token.length > 512 ? '400 VALIDATION_FAILED' : '401 REFRESH_INVALID'
    expect(outcome(await refresh(token))).toBe(expected)
  }
})

test('a sleeping or withdrawn account renews nothing', async () => {
  for (const change of [{ status: 'DORMANT' }, { status: 'DELETED', deleted_at: new Date() }] as const) {
    const { id, refreshToken } = await loggedIn()
    await db.updateTable('users').set(change).where('id', '=', id).execute()
    expect(outcome(await refresh(refreshToken))).toBe('401 REFRESH_INVALID')
  }
})

test('the new access token has the role of this moment', async () => {
  const { id, accessToken, refreshToken } = await loggedIn()
  expect(asBearer(accessToken)['x-user-role']).toBe('USER')
  await db.updateTable('users').set({ role: 'ADMIN' }).where('id', '=', id).execute()
  expect(decodeJwt(tokensOf(await refresh(refreshToken)).accessToken)['role']).toBe('ADMIN')
})
