import { expect, test } from 'vitest'
import { outcome, testUserService } from '../test-user-service.ts'

const settings = { BCRYPT_COST: '8', BCRYPT_CONCURRENCY: '1', BCRYPT_WAITING_MAX: '1' }
const { db, deps, post, signUpBody, logIn } = await testUserService(settings)

test('in a rush some are turned away at once, the others are served, and nobody turned away has used up a try', async () => {
  const emails = Array.from({ length: 20 }, (_none, index) => `rush-${index}@ticketing.test`)
  const outcomes = await Promise.all(emails.map(async (email) => outcome(await logIn(email, 'Fan-ticket-0'))))
  expect(new Set(outcomes)).toEqual(new Set(['401 INVALID_CREDENTIALS', '503 BUSY']))

  const rows = await db.selectFrom('login_attempts').select('email_lookup').execute()
  const counted = new Set(rows.map(({ email_lookup }) => email_lookup))
  for (const [index, email] of emails.entries()) {
    expect(counted.has(deps.personalData.lookup('email', email))).toBe(outcomes[index] !== '503 BUSY')
  }
})

test('a sign-up that is turned away leaves nothing and may come again', async () => {
  const bodies = Array.from({ length: 10 }, () => signUpBody())
  const answers = await Promise.all(bodies.map((body) => post('/auth/signup', body)))
  const users = await db.selectFrom('users').select('id').execute()
  expect(users).toHaveLength(answers.filter(({ statusCode }) => statusCode === 201).length)
  const turnedAway = answers.findIndex((answer) => outcome(answer) === '503 BUSY')
  expect(outcome(await post('/auth/signup', { ...bodies[turnedAway], recaptchaToken: 'pass-again' }))).toBe('201')
})
