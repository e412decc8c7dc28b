import { accessTokenClaimsSchema } from '@ticket-queue/contracts/http/user'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterEach, expect, test } from 'vitest'
import { publicKeysOf } from '../domain/access-token.ts'
import { newPerson, outcome, passed, testUserService } from '../test-user-service.ts'

const { config, db, providers, post, signUp, logIn } = await testUserService()
const keys = createLocalJWKSet(publicKeysOf(config.JWT_SIGNING_KEYS))

afterEach(() => providers.misbehave({}))

const historyOf = (userId: string) =>
  db.selectFrom('login_history').selectAll().where('user_id', '=', userId).orderBy('created_at').execute()

test('the right password gives a signed access token for an hour and a refresh token for a week', async () => {
  const { id, email, password } = await signUp()
  const response = await logIn(email, password)
  expect(response.statusCode).toBe(200)
  expect(response.headers['cache-control']).toBe('no-store')
  const tokens = response.json<{ accessToken: string; refreshToken: string }>()
  expect(tokens).toMatchObject({ expiresIn: 3600, tokenType: 'Bearer' })
  expect(Buffer.from(tokens.refreshToken, 'base64url')).toHaveLength(32)

  const { payload } = await jwtVerify(tokens.accessToken, keys, { algorithms: ['EdDSA'] })
  const claims = accessTokenClaimsSchema.parse(payload)
  expect(claims).toMatchObject({ sub: id, role: 'USER' })
  const rows = await db.selectFrom('auth_tokens').selectAll().where('user_id', '=', id).execute()
  expect(rows).toMatchObject([{ access_token_jti: claims.jti, revoked: false }])
  const [row] = rows
  expect(row && row.expires_at.getTime() - row.issued_at.getTime()).toBe(7 * 24 * 3600 * 1000)
  expect(JSON.stringify(rows)).not.toContain(tokens.refreshToken)
})

test('the address counts however it is spelled, the password as it is', async () => {
  const { email, password } = await signUp()
  expect(outcome(await logIn(` ${email.toUpperCase()} `, password))).toBe('200')
  expect(outcome(await logIn(email, password.toUpperCase()))).toBe('401 INVALID_CREDENTIALS')
})

test('unknown address, wrong password and withdrawn account get the same answer', async () => {
  const { email } = await signUp()
  const withdrawn = await signUp()
  await db
    .updateTable('users')
    .set({ status: 'DELETED', deleted_at: new Date() })
    .where('id', '=', withdrawn.id)
    .execute()
  const answers = await Promise.all([
    logIn('nobody@ticketing.test', 'Fan-ticket-0'),
    logIn(email, 'Fan-ticket-0'),
    logIn(withdrawn.email, withdrawn.password),
  ])
  const bodies = answers.map((answer) => {
    const { traceId: _id, timestamp: _time, ...body } = answer.json()
    return { ...body, headers: Object.keys(answer.headers).sort(), length: answer.headers['content-length'] }
  })
  expect(bodies[0]).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' })
  expect(bodies[1]).toEqual(bodies[0])
  expect(bodies[2]).toEqual(bodies[0])
})

test('a password of 72 bytes is not passed by a longer one that begins with it', async () => {
  const password = 'a'.repeat(72)
  const { email } = await signUp({ password })
  expect(outcome(await logIn(email, `${password}b`))).toBe('401 INVALID_CREDENTIALS')
  expect(outcome(await logIn(email, password))).toBe('200')
})

test('the CAPTCHA comes before the password, and each token serves once', async () => {
  const { email, password } = await signUp()
  expect(outcome(await logIn(email, password, 'fail-1'))).toBe('422 CAPTCHA_FAILED')
  const token = passed()
  expect(outcome(await logIn(email, password, token))).toBe('200')
  expect(outcome(await logIn(email, password, token))).toBe('422 CAPTCHA_FAILED')
  providers.misbehave({ captcha: 'error' })
  expect(outcome(await logIn(email, password))).toBe('503 CAPTCHA_UNAVAILABLE')
})

test('only who knows the password learns that an account sleeps', async () => {
  const { id, email, password } = await signUp()
  await db.updateTable('users').set({ status: 'DORMANT' }).where('id', '=', id).execute()
  expect(outcome(await logIn(email, 'Fan-ticket-0'))).toBe('401 INVALID_CREDENTIALS')
  expect(outcome(await logIn(email, password))).toBe('409 DORMANT')
  expect(await db.selectFrom('auth_tokens').select('id').where('user_id', '=', id).execute()).toEqual([])
})

test('every try is kept with its place and result, and success with its time', async () => {
  const { id, email, password } = await signUp()
  const from = { 'user-agent': 'Fan/1.0', 'x-forwarded-for': '203.0.113.9' }
  await post('/auth/login', { email, password: 'Fan-ticket-0', recaptchaToken: passed() }, from)
  await post('/auth/login', { email, password, recaptchaToken: passed() }, from)
  const device = { ip: '203.0.113.9', user_agent: 'Fan/1.0', method: 'EMAIL' }
  expect(await historyOf(id)).toMatchObject([
    { ...device, success: false, failure_reason: 'WRONG_PASSWORD' },
    { ...device, success: true, failure_reason: null },
  ])
  const user = await db.selectFrom('users').select('last_login_at').where('id', '=', id).executeTakeFirstOrThrow()
  expect(user.last_login_at).toBeInstanceOf(Date)
})

test('an origin that is no address does not stop anybody', async () => {
  const { email, password } = await signUp()
  const from = { 'x-forwarded-for': 'not-an-address' }
  expect(outcome(await post('/auth/login', { email, password, recaptchaToken: passed() }, from))).toBe('200')
})

test.each([
  ['no address', { email: 'fan' }],
  ['no password', { password: '' }],
  ['a list of passwords', { password: ['a', 'b'] }],
  ['a password of a megabyte', { password: 'a'.repeat(2000) }],
  ['no CAPTCHA', { recaptchaToken: undefined }],
])('refuses %s as a mistake of the form', async (_what, fields) => {
  const { email, password } = newPerson()
  expect(outcome(await post('/auth/login', { email, password, recaptchaToken: passed(), ...fields }))).toBe(
    '400 VALIDATION_FAILED',
  )
})

test('a body over 10 KB is refused unread', async () => {
  expect(outcome(await post('/auth/login', { email: 'a'.repeat(11_000) }))).toBe('413 PAYLOAD_TOO_LARGE')
})
