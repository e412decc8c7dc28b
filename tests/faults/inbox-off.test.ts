import { createDatabase } from '@ticket-queue/database'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { paymentSuccess, testReservationService } from '../../services/reservation/src/test-reservation-service.ts'
import { openBooks } from '../invariants/books.ts'
import { rules } from '../invariants/check-books.ts'

const { scene, admitOne, held, makeOverdue, deliver, ownerUrl } = await testReservationService()
const sandboxUrl = 'http://unused'
const books = openBooks({ databaseUrl: ownerUrl, redisUrl: 'redis://unused', redisKeyPrefix: '', sandboxUrl })
afterAll(() => books.close())

/** What the check of the books says of effects that are there twice. */
const doubled = async (): Promise<string> => {
  const rule = rules.find(({ name }) => name === 'an event has its effect once')
  if (!rule) throw new Error('the books are not checked for double effects')
  return (await rule.check(books)).violations.join('\n')
}

/** Money for a reservation that has ended meanwhile, told by payment: the whole sum is due back, which is told in turn. */
const lateSuccess = async () => {
  const { schedule, buyer, seatIds } = await scene()
  const mine = await held(buyer, seatIds)
  await makeOverdue(mine.reservationId)
  await held(await admitOne(schedule), seatIds)
  return { event: paymentSuccess(buyer, mine, crypto.randomUUID()), reservationId: mine.reservationId }
}

/** From now on the inbox forgets an event as soon as it has been written into it. */
async function turnInboxOff(): Promise<void> {
  const owner = createDatabase<unknown>({ url: ownerUrl, poolMax: 1 })
  await sql`
    CREATE FUNCTION common.forget_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      DELETE FROM common.processed_events WHERE event_id = NEW.event_id AND consumer_group = NEW.consumer_group;
      RETURN NULL;
    END $$`.execute(owner.db)
  await sql`
    CREATE TRIGGER forget_event AFTER INSERT ON common.processed_events
    FOR EACH ROW EXECUTE FUNCTION common.forget_event()`.execute(owner.db)
  await owner.close()
}

test('an event that comes again has no second effect; without the inbox it has, and the books tell of it (E2)', async () => {
  const guarded = await lateSuccess()
  expect(await deliver(guarded.event)).toBe('applied')
  expect(await deliver(guarded.event)).toBe('repeated')
  expect(await doubled()).toBe('')

  await turnInboxOff()
  const unguarded = await lateSuccess()
  expect(await deliver(unguarded.event)).toBe('applied')
  expect(await deliver(unguarded.event)).toBe('applied')
  const violations = await doubled()
  expect(violations).toContain(unguarded.event.eventId)
  expect(violations).toContain(unguarded.reservationId)
  expect(violations).not.toContain(guarded.event.eventId)
})
