import { afterEach, expect, test } from 'vitest'
import { outcome, testUserService } from '../test-user-service.ts'

const service = await testUserService({ CAPTCHA_TIMEOUT_MS: '300', IDENTITY_TIMEOUT_MS: '300' })
const { db, deps, providers, post, signUpBody, signUp } = service

afterEach(() => providers.misbehave({}))

const usersCount = async () => (await db.selectFrom('users').select('id').execute()).length

/** Says that a sign-up is refused as expected and leaves nothing behind. */
const expectRefused = async (body: object, expected: string) => {
  const before = await usersCount()
  expect(outcome(await post('/auth/signup', body))).toBe(expected)
  expect(await usersCount()).toBe(before)
}

test('an account is made with its consents, and its answer tells no more than the person said', async () => {
  const body = signUpBody({ email: ' Fan-A@Ticketing.TEST ' })
  const response = await post('/auth/signup', body)
  expect(response.statusCode).toBe(201)
  const answer = response.json<{ id: string }>()
  expect(answer).toEqual({ id: expect.any(String), email: 'fan-a@ticketing.test', name: '김팬' })

  const consents = await db.selectFrom('consents').selectAll().where('user_id', '=', answer.id).execute()
  expect(consents.map(({ terms_id, version }) => `${terms_id} ${version}`).sort()).toEqual(['privacy 1', 'service 1'])
  expect(consents.every(({ agreed_at }) => agreed_at instanceof Date)).toBe(true)
  const used = await db.selectFrom('used_identity_verifications').selectAll().where('user_id', '=', answer.id).execute()
  expect(used).toMatchObject([{ id: body.identityVerificationId, purpose: 'SIGNUP' }])
})

test('nothing personal stands in the row as it was given, and CI and DI are PortOne’s', async () => {
  const identityVerificationId = providers.verify({ phoneNumber: '01012345678', ci: 'canary-ci', di: 'canary-di' })
  const { id, email, password } = await signUp({ identityVerificationId, ci: 'forged-ci', di: 'forged-di' })
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const text = JSON.stringify(row)
  for (const canary of [email, '김팬', '01012345678', 'canary-ci', 'canary-di', password]) {
    expect(text).not.toContain(canary)
  }
  expect(row.password_hash).toMatch(/^\$2b\$/)
  expect(deps.personalData.open(`users.ci:${id}`, row.ci ?? '')).toBe('canary-ci')
  expect(deps.personalData.open(`users.di:${id}`, row.di ?? '')).toBe('canary-di')
})

test('nobody makes themselves an admin, and no field beside the documented ones counts', async () => {
  const { id } = await signUp({ role: 'ADMIN', status: 'DORMANT', id: '00000000-0000-7000-8000-000000000000' })
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect(row).toMatchObject({ role: 'USER', status: 'ACTIVE' })
})

test('a provider that gives no DI is enough, one that gives no CI is not', async () => {
  const { id } = await signUp({ identityVerificationId: providers.verify({ di: undefined }) })
  const row = await db.selectFrom('users').select('di').where('id', '=', id).executeTakeFirstOrThrow()
  expect(row.di).toBeNull()
  await expectRefused(
    signUpBody({ identityVerificationId: providers.verify({ ci: undefined }) }),
    '422 IDENTITY_NOT_VERIFIED',
  )
})

test.each([
  ['an address that is none', { email: 'fan' }],
  ['a short password', { password: 'short' }],
  ['a password over 72 bytes', { password: '가'.repeat(25) }],
  ['no name', { name: ' ' }],
  ['no telephone number', { phone: 'none' }],
  ['an identity verification that is a path', { identityVerificationId: '../payments/1' }],
  ['no CAPTCHA', { recaptchaToken: '' }],
  ['an array instead of an address', { email: ['a@b.test'] }],
  ['consents that are no list', { consents: 'all' }],
])('refuses %s before anybody is asked', async (_what, fields) => {
  const asked = providers.asked.length
  await expectRefused({ ...signUpBody(), ...fields }, '400 VALIDATION_FAILED')
  expect(providers.asked).toHaveLength(asked)
})

test.each([
  ['a required consent is missing', [{ termsId: 'service', version: 1 }], 'MISSING'],
  [
    'a version is not in force',
    [
      { termsId: 'service', version: 1 },
      { termsId: 'privacy', version: 7 },
    ],
    'OUTDATED',
  ],
])('refuses when %s, and says which', async (_what, consents, code) => {
  const body = signUpBody({ consents })
  await expectRefused(body, '400 CONSENT_INVALID')
  const response = await post('/auth/signup', body)
  expect(response.json()).toMatchObject({ errors: [{ path: 'consents.privacy', code }] })
})

test('a robot is refused: a failed puzzle, a low score, a token made for something else or used before', async () => {
  await expectRefused(signUpBody({ recaptchaToken: 'fail-1' }), '422 CAPTCHA_FAILED')
  await expectRefused(signUpBody({ recaptchaToken: 'score:0.1:signup' }), '422 CAPTCHA_FAILED')
  await expectRefused(signUpBody({ recaptchaToken: 'score:0.9:login' }), '422 CAPTCHA_FAILED')
  const { recaptchaToken } = await signUp({ recaptchaToken: 'score:0.9:signup' })
  await expectRefused(signUpBody({ recaptchaToken }), '422 CAPTCHA_FAILED')
})

test.each([
  ['is unknown', () => 'identity-unknown'],
  ['has not ended', () => providers.verify({}, { status: 'READY' })],
  ['has failed', () => providers.verify({}, { status: 'FAILED' })],
  ['is another one than asked for', () => providers.verify({}, { id: 'identity-other' })],
  ['is of somebody with another name', () => providers.verify({ name: '이팬' })],
  ['is of somebody with another telephone', () => providers.verify({ phoneNumber: '01099999999' })],
])('refuses when the identity verification %s', async (_what, verification) => {
  await expectRefused(signUpBody({ identityVerificationId: verification() }), '422 IDENTITY_NOT_VERIFIED')
})

test.each(['error', 'silence', 'nonsense'] as const)(
  'a CAPTCHA service that answers with %s lets nobody in',
  async (how) => {
    providers.misbehave({ captcha: how })
    await expectRefused(signUpBody(), '503 CAPTCHA_UNAVAILABLE')
  },
)

test.each(['error', 'silence'] as const)('PortOne that answers with %s lets nobody in', async (how) => {
  providers.misbehave({ portone: how })
  await expectRefused(signUpBody(), '503 IDENTITY_UNAVAILABLE')
})

test('a taken address is refused however it is spelled', async () => {
  const { email } = await signUp()
  await expectRefused(signUpBody({ email: ` ${email.toUpperCase()} ` }), '409 EMAIL_TAKEN')
})

test('one person has one account', async () => {
  const ci = 'one-person'
  await signUp({ identityVerificationId: providers.verify({ ci }) })
  await expectRefused(signUpBody({ identityVerificationId: providers.verify({ ci }) }), '409 IDENTITY_TAKEN')
})

test('an identity verification serves once, even when its person has no account any more', async () => {
  const { id, identityVerificationId } = await signUp()
  await db.deleteFrom('users').where('id', '=', id).execute()
  await expectRefused(signUpBody({ identityVerificationId }), '422 IDENTITY_NOT_VERIFIED')
})
