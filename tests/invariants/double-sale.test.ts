import { createDatabase } from '@ticket-queue/database'
import { gatherHolds } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import { sql } from 'kysely'
import { afterAll, expect, inject, test } from 'vitest'
import type { HoldOutcomes } from '../../services/reservation/src/hold-outcomes.ts'
import { holdSeatsForBuyer } from '../../services/reservation/src/hold-seats/hold-seats.ts'
import { testReservationService } from '../../services/reservation/src/test-reservation-service.ts'
import { openBooks } from './books.ts'
import { rules } from './check-books.ts'

const service = await testReservationService()
const { scene, admit, deps, redis, ownerUrl } = service
const { redisUrl } = inject('stack')
const books = openBooks({
  databaseUrl: ownerUrl,
  redisUrl,
  redisKeyPrefix: redis.keyPrefix,
  sandboxUrl: 'http://unused',
})

/** Redis as the service uses it, but the script that holds seats does not see that somebody has one already. */
const blind = (client: RedisClient['client']) =>
  new Proxy(client, {
    get(target, name) {
      if (name === 'evalsha') return () => Promise.reject(new Error('NOSCRIPT as if the server had forgotten it'))
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'eval') return member.bind(target)
      return (source: string, ...rest: [number, ...string[]]) => target.eval(withoutCheck(source), ...rest)
    },
  })
const check = 'local owner = seats.owners[seatId]'
const withoutCheck = (source: string) => {
  if (!source.startsWith('-- Purpose: hold up to four seats for each of several reservations')) return source
  if (!source.includes(check)) throw new Error('the check that is to be left out is not there')
  return source.replace(check, 'local owner = false')
}
/** As if each had come to a replica of its own: in one process a crowd after one seat asks Redis once. */
const apart: HoldOutcomes = {
  ...deps.holdOutcomes,
  listen: (...seats) => ({ ...deps.holdOutcomes.listen(...seats), join: () => false }),
}
const blindRedis = { ...redis, client: blind(redis.client) }
const unguarded = { ...deps, redis: blindRedis, holdSeats: gatherHolds(blindRedis), holdOutcomes: apart }
afterAll(() => books.close())

/** Many want the same two seats at once of a service whose script does not check; how often each answer was given. */
const crowd = async () => {
  const { schedule, scheduleId, seatIds } = await scene(2)
  const buyers = await admit(schedule, 30)
  const outcomes = await Promise.all(
    buyers.map(async ({ userId, token }) => {
      const asked = { userId, queueToken: token, scheduleId, wanted: seatIds, requestId: 'unguarded' }
      const held = await holdSeatsForBuyer(unguarded, asked)
      return 'refused' in held ? held.refused : 'held'
    }),
  )
  const granted = outcomes.filter((one) => one === 'held').length
  return { granted, others: new Set(outcomes.filter((one) => one !== 'held')), seatIds }
}

/** What the check of the books says of seats sold twice. */
const soldTwice = async () => {
  const rule = rules.find(({ name }) => name === 'no seat has two live reservations')
  if (!rule) throw new Error('the books are not checked for seats sold twice')
  return (await rule.check(books)).violations
}

test('without the check of the script the index still sells each seat once; without the index too, the books tell of the double sale', async () => {
  const indexed = await crowd()
  expect(indexed.granted).toBe(1)
  expect(indexed.others).toEqual(new Set(['SEAT_TAKEN']))
  expect(await soldTwice()).toEqual([])

  const owner = createDatabase<unknown>({ url: ownerUrl, poolMax: 1 })
  await sql`DROP INDEX reservation_service.reservation_seats_one_active`.execute(owner.db)
  await owner.close()
  const unindexed = await crowd()
  expect(unindexed.granted).toBeGreaterThan(1)
  const violations = await soldTwice()
  expect(violations).toHaveLength(2)
  for (const seatId of unindexed.seatIds) expect(violations.join('\n')).toContain(seatId)
})
