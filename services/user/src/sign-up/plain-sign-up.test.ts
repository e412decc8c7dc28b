import { expect, test } from 'vitest'
import { asBearer, outcome, testUserService } from '../test-user-service.ts'

const { app, db, post, providers, signUpBody, logIn, loggedIn } = await testUserService({ PII_ENCRYPTION: 'off' })

test('without encryption the columns hold the plain layout of the source specification, and everything else works', async () => {
  const { id, email, accessToken } = await loggedIn()
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect(row).toMatchObject({ email, email_lookup: email, name: '김팬', phone: '01012345678', ci: row.ci_lookup })
  const answer = await app.inject({ url: '/users/me', headers: asBearer(accessToken) })
  expect(answer.json()).toMatchObject({ id, email, name: '김팬' })
  expect(outcome(await logIn(email, 'Fan-ticket-0'))).toBe('401 INVALID_CREDENTIALS')
})

test('without encryption addresses and people are as unique as with it', async () => {
  const ci = 'plain-ci'
  const body = signUpBody({ identityVerificationId: providers.verify({ ci }) })
  expect(outcome(await post('/auth/signup', body))).toBe('201')
  expect(outcome(await post('/auth/signup', signUpBody({ email: body.email.toUpperCase() })))).toBe('409 EMAIL_TAKEN')
  const again = signUpBody({ identityVerificationId: providers.verify({ ci }) })
  expect(outcome(await post('/auth/signup', again))).toBe('409 IDENTITY_TAKEN')
})
