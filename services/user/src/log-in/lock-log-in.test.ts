import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { outcome, testUserService } from '../test-user-service.ts'

const { db, signUp, logIn } = await testUserService()
const wrong = 'Fan-ticket-0'

const fail = async (email: string, times: number) => {
  const outcomes = []
  for (let time = 0; time < times; time += 1) outcomes.push(outcome(await logIn(email, wrong)))
  return outcomes
}
/** Moves the last failure of every address into the past. */
const letPass = (minutes: number) =>
  sql`UPDATE login_attempts SET last_failed_at = last_failed_at - make_interval(mins => ${minutes})`.execute(db)

test('after five wrong passwords not even the right one helps, for 15 minutes', async () => {
  const { email, password } = await signUp()
  expect(await fail(email, 5)).toEqual(Array.from({ length: 5 }, () => '401 INVALID_CREDENTIALS'))
  const locked = await logIn(email, password)
  expect(outcome(locked)).toBe('423 LOCKED')
  expect(Number(locked.headers['retry-after'])).toBeGreaterThan(890)
  expect(Number(locked.headers['retry-after'])).toBeLessThanOrEqual(900)

  await letPass(14)
  expect(outcome(await logIn(email, password))).toBe('423 LOCKED')
  await letPass(1)
  expect(outcome(await logIn(email, password))).toBe('200')
})

test('an address without account is locked in the same way: the lock tells nothing', async () => {
  expect(await fail('nobody@ticketing.test', 7)).toEqual([
    ...Array.from({ length: 5 }, () => '401 INVALID_CREDENTIALS'),
    '423 LOCKED',
    '423 LOCKED',
  ])
})

test('parallel guesses get five tries and no more', async () => {
  const { email } = await signUp()
  const outcomes = await Promise.all(Array.from({ length: 12 }, async () => outcome(await logIn(email, wrong))))
  expect(outcomes.filter((one) => one === '401 INVALID_CREDENTIALS')).toHaveLength(5)
  expect(outcomes.filter((one) => one === '423 LOCKED')).toHaveLength(7)
})

test('the right password begins the count anew, and so do 15 quiet minutes', async () => {
  const { email, password } = await signUp()
  await fail(email, 4)
  expect(outcome(await logIn(email, password))).toBe('200')
  const five = Array.from({ length: 5 }, () => '401 INVALID_CREDENTIALS')
  expect(await fail(email, 5)).toEqual(five)
  await letPass(15)
  expect(await fail(email, 5)).toEqual(five)
})

test('one address locked leaves the others alone', async () => {
  const victim = await signUp()
  const other = await signUp()
  await fail(victim.email, 6)
  expect(outcome(await logIn(other.email, other.password))).toBe('200')
})
