import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { outcome, testUserService } from '../test-user-service.ts'
import { forgetAttempts } from './forget-attempts.ts'

const { db, logIn } = await testUserService()

test('failed log-ins are forgotten after a day, and a lock that holds is not', async () => {
  for (let time = 0; time < 6; time += 1) await logIn('locked@ticketing.test', 'Fan-ticket-0')
  await sql`INSERT INTO login_attempts VALUES ('old', 3, now() - interval '25 hours'), ('young', 3, now() - interval '23 hours')`.execute(
    db,
  )
  expect(await forgetAttempts(db)).toBe(1)
  expect(await forgetAttempts(db)).toBe(0)
  expect(outcome(await logIn('locked@ticketing.test', 'Fan-ticket-0'))).toBe('423 LOCKED')
})
