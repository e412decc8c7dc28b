import { expect, test } from 'vitest'
import { outcome, testUserService } from '../test-user-service.ts'

const { db, providers, post, signUpBody } = await testUserService()

const race = async (bodies: readonly object[]) => {
  const responses = await Promise.all(bodies.map((body) => post('/auth/signup', body)))
  return responses.map(outcome).sort()
}
const rows = async () => ({
  users: (await db.selectFrom('users').select('id').execute()).length,
  consents: (await db.selectFrom('consents').select('user_id').execute()).length,
})

test('of many sign-ups with one address in the same moment exactly one wins, and the others leave nothing', async () => {
  const before = await rows()
  const email = 'race@ticketing.test'
  const outcomes = await race(Array.from({ length: 6 }, () => signUpBody({ email })))
  expect(outcomes).toEqual(['201', ...Array.from({ length: 5 }, () => '409 EMAIL_TAKEN')])
  expect(await rows()).toEqual({ users: before.users + 1, consents: before.consents + 2 })
})

test('of many sign-ups of one person in the same moment exactly one wins, and the others leave nothing', async () => {
  const before = await rows()
  const ci = 'race-ci'
  const outcomes = await race(
    Array.from({ length: 6 }, () => signUpBody({ identityVerificationId: providers.verify({ ci }) })),
  )
  expect(outcomes).toEqual(['201', ...Array.from({ length: 5 }, () => '409 IDENTITY_TAKEN')])
  expect(await rows()).toEqual({ users: before.users + 1, consents: before.consents + 2 })
})

test('a failure after the user row takes the user row with it', async () => {
  const before = await rows()
  const taken = signUpBody()
  await db
    .insertInto('used_identity_verifications')
    .values({ id: taken.identityVerificationId, purpose: 'REVIVE' })
    .execute()
  expect(await race([taken])).toEqual(['422 IDENTITY_NOT_VERIFIED'])
  expect(await rows()).toEqual(before)
})
