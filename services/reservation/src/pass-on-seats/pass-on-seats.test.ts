import { inTransaction } from '@ticket-queue/database'
import { createRedis } from '@ticket-queue/redis'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { expireHolds } from '../expire-holds/expire-holds.ts'
import { rebuildHolds } from '../rebuild-holds/rebuild-holds.ts'
import { outcome } from '../test-buyers.ts'
import type { TestSchedule } from '../test-neighbours.ts'
import { eventCancelled, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { passOnSeatsJob } from './pass-on-seats.job.ts'
import { passOnSeats, schedulesWithWithheld } from './pass-on-seats.ts'
import { isDueBy, releaseDue } from './release-due.ts'

const service = await testReservationService()
const {
  db,
  deps,
  relay,
  neighbours,
  logged,
  scene,
  admit,
  admitOne,
  hold,
  held,
  paying,
  release,
  cancel,
  read,
  deliver,
} = service
const { published, traces, locks, loseHolds, makeOverdue } = service

type Release = TestSchedule['facts']['rules']['release']
const withRelease = (release: Release) => ({ perPersonMax: null, avoidOrphans: false, release })
/** A time of day in Seoul so many minutes from now, by the database's clock. */
const timeOfDay = async (minutes: number) => {
  const { rows } = await sql<{ at: string }>`
    SELECT to_char(now() AT TIME ZONE 'Asia/Seoul' + make_interval(mins => ${minutes}), 'HH24:MI') AS at`.execute(db)
  return rows[0]?.at ?? ''
}
const batched = async (minutes = 120): Promise<Release> => ({ policy: 'BATCHED', at: await timeOfDay(minutes) })

/** A ticket of some seats of a schedule of its own, given back under a policy. */
const givenBack = async (release: Release, { seats = 2, facts = {} }: { seats?: number; facts?: object } = {}) => {
  const made = await scene(4, { rules: withRelease(release), ...facts })
  const mine = await paying(made.buyer, made.seatIds.slice(0, seats))
  await deliver(paymentSuccess(made.buyer, mine, mine.paymentId))
  for (let ordinal = 0; ordinal < seats; ordinal += 1) made.schedule.sold.add(ordinal)
  expect(outcome(await cancel(made.buyer, mine.reservationId))).toBe('200')
  return { ...made, mine, givenBackIds: made.seatIds.slice(0, seats) }
}
/** Lets the time since the seats were given back be so long. */
const withheldFor = (scheduleId: string, minutes: number) =>
  db
    .updateTable('reservation_seats')
    .set({ withheld_at: sql<Date>`now() - make_interval(mins => ${minutes})` })
    .where('schedule_id', '=', scheduleId)
    .where('withheld_at', 'is not', null)
    .execute()
const withheldIn = async (scheduleId: string) => {
  const rows = await db
    .selectFrom('reservation_seats')
    .select('seat_id')
    .where('schedule_id', '=', scheduleId)
    .where('withheld_at', 'is not', null)
    .where('passed_on_at', 'is', null)
    .orderBy('seat_id')
    .execute()
  return rows.map((row) => row.seat_id)
}
const releasesOf = async (reservationId: string) =>
  (await published(reservationId)).filter(({ type }) => type === 'SeatsReleased')

test('AT_ONCE: the next buyer has the seats when the cancellation is answered, and nothing is withheld', async () => {
  const { schedule, scheduleId, mine, givenBackIds } = await givenBack({ policy: 'AT_ONCE', at: null })
  expect(await withheldIn(scheduleId)).toEqual([])
  expect((await published(mine.reservationId)).at(-1)).not.toHaveProperty('withheldSeatIds')
  await held(await admitOne(schedule), givenBackIds)
  expect(await passOnSeats(deps, scheduleId)).toBe(0)
})

test('BATCHED: nobody gets the seats before the stated time, by Redis or without it; from it on everybody may', async () => {
  const { schedule, scheduleId, mine, givenBackIds } = await givenBack(await batched())
  const cancelled = (await published(mine.reservationId)).at(-1)
  expect(cancelled).toMatchObject({
    type: 'ReservationCancelled',
    reason: 'USER_CANCELLED',
    refundAmount: mine.totalAmount,
  })
  expect(new Set(cancelled?.['withheldSeatIds'] as string[] | undefined)).toEqual(new Set(givenBackIds))
  expect(await withheldIn(scheduleId)).toEqual(givenBackIds)

  const hopeful = await admitOne(schedule)
  const refused = await hold(hopeful, givenBackIds)
  expect([outcome(refused), refused.json<{ seatIds: string[] }>().seatIds.toSorted()]).toEqual([
    '409 SEAT_TAKEN',
    givenBackIds,
  ])
  await loseHolds(schedule)
  expect(outcome(await hold(hopeful, givenBackIds.slice(0, 1)))).toBe('409 SEAT_TAKEN')
  const seen = (await read(hopeful, `/reservations/seats/${scheduleId}`)).json<{ sold: string[]; hold: string[] }>()
  expect([seen.sold.toSorted(), seen.hold]).toEqual([givenBackIds, []])
  expect(await passOnSeats(deps, scheduleId)).toBe(0)
  await rebuildHolds(deps, { endedWithinSeconds: 60 })
  expect(outcome(await hold(hopeful, givenBackIds.slice(0, 1)))).toBe('409 SEAT_TAKEN')

  await withheldFor(scheduleId, 24 * 60 - 60)
  const wakes = relay.wakes
  expect(await passOnSeats(deps, scheduleId)).toBe(2)
  expect(await passOnSeats(deps, scheduleId)).toBe(0)
  expect(relay.wakes).toBe(wakes + 1)
  const [told, ...more] = await releasesOf(mine.reservationId)
  expect(more).toEqual([])
  expect(told?.seatIds.toSorted()).toEqual(givenBackIds)
  await held(hopeful, givenBackIds)
})

test.each([
  // [batch so many minutes from now, withheld so many minutes ago, is due]
  [-5, 10, true],
  [-5, 2, false],
  [-5, 24 * 60, true],
  [5, 10, false],
  [5, 24 * 60 - 10, false],
  [5, 24 * 60 + 10, true],
  [-5, 24 * 60 - 10, true],
])('a batch at %i min, seats withheld %i min ago: due %s', async (batchIn, ago, isDue) => {
  const { scheduleId, schedule } = await givenBack(await batched(batchIn), { seats: 1 })
  await withheldFor(scheduleId, ago)
  const { rows } = await sql<{ due: boolean }>`
    SELECT ${isDueBy(schedule.facts)} AS due FROM reservation_seats
    WHERE schedule_id = ${scheduleId}::uuid AND withheld_at IS NOT NULL`.execute(db)
  expect(rows).toEqual([{ due: isDue }])
})

test('a batch that would come after the end of the sale is not waited for', async () => {
  const saleEndAt = new Date(Date.now() + 3_600_000).toISOString()
  const { schedule, scheduleId, givenBackIds } = await givenBack(await batched(), { facts: { saleEndAt } })
  expect(await passOnSeats(deps, scheduleId)).toBe(2)
  await held(await admitOne(schedule), givenBackIds)
})

test('what nobody has paid comes back at once, whatever the policy', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4, { rules: withRelease(await batched()) })
  const released = await held(buyer, seatIds.slice(0, 2))
  await release(buyer, released.reservationId)
  const overdue = await held(await admitOne(schedule), seatIds)
  await makeOverdue(overdue.reservationId)
  while ((await expireHolds(deps)) > 0);
  expect(await withheldIn(scheduleId)).toEqual([])
  await held(await admitOne(schedule), seatIds)
})

test('nobody waits for a waiting list without people: everybody may have the seats', async () => {
  const { schedule, scheduleId, givenBackIds } = await givenBack({ policy: 'WAITING_LIST', at: null })
  expect(outcome(await hold(await admitOne(schedule), givenBackIds))).toBe('409 SEAT_TAKEN')
  expect(await passOnSeats(deps, scheduleId)).toBe(2)
  await held(await admitOne(schedule), givenBackIds)
})

test('while the policy cannot be asked for, the ticket is given back all the same and its seats wait', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2, {
    rules: withRelease({ policy: 'AT_ONCE', at: null }),
  })
  const mine = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  neighbours.misbehave('hang-up')
  try {
    await waitUntil(() =>
      deps.catalogue.schedule(scheduleId).then(
        () => false,
        () => true,
      ),
    )
    expect((await cancel(buyer, mine.reservationId)).json()).toMatchObject({ status: 'CANCELLED', fee: 0 })
    expect(await withheldIn(scheduleId)).toEqual(seatIds)
    await expect(passOnSeats(deps, scheduleId)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  } finally {
    neighbours.misbehave(null)
  }
  expect(await passOnSeats(deps, scheduleId)).toBe(2)
  await held(await admitOne(schedule), seatIds)
})

test('a policy that becomes another one holds for what is withheld, too', async () => {
  const { schedule, scheduleId } = await givenBack(await batched())
  schedule.facts = { ...schedule.facts, rules: withRelease({ policy: 'AT_ONCE', at: null }) }
  await waitUntil(async () => (await passOnSeats(deps, scheduleId)) === 2)
})

test('a show that is called off withholds nothing', async () => {
  const { scheduleId, eventId, mine } = await givenBack(await batched())
  await deliver(eventCancelled({ scheduleId, eventId }))
  expect(await passOnSeats(deps, scheduleId)).toBe(2)
  expect(await releasesOf(mine.reservationId)).toHaveLength(1)
})

/** So many tickets of one seat each that were given back yesterday, as they stand in the rows. */
const manyGivenBack = async (tickets: number) => {
  const { scheduleId, eventId } = neighbours.addSchedule(tickets, { rules: withRelease(await batched()) }).facts
  await sql`
    WITH made AS (
      INSERT INTO reservations (user_id, event_id, event_schedule_id, status, total_amount, event_title, artist, venue_name,
        hall_name, event_start_at, hold_expires_at, confirmed_at, cancelled_at, cancel_reason)
      SELECT uuidv7(), ${eventId}::uuid, ${scheduleId}::uuid, 'CANCELLED', 1000, 't', 'a', 'v', 'h', now(), now(), now(),
        now(), 'USER_CANCELLED'
      FROM generate_series(1, ${tickets}) RETURNING id
    )
    INSERT INTO reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price, sold_as, withheld_at)
    SELECT id, ${scheduleId}::uuid, uuidv7(), 'A', 'VIP', 1000, id, now() - interval '23 hours' FROM made`.execute(db)
  return scheduleId
}
const timesReleased = async (scheduleId: string) => {
  const { events } = await traces(scheduleId)
  return events.filter((event) => event.event_type === 'SeatsReleased').length
}
const passOnAll = async (scheduleId: string) => {
  while ((await passOnSeats(deps, scheduleId)) > 0);
}

test('many seats go in batches, and several replicas at once release each of them once', async () => {
  const scheduleId = await manyGivenBack(450)
  expect(await passOnSeats(deps, scheduleId)).toBe(200)
  await Promise.all([passOnAll(scheduleId), passOnAll(scheduleId), passOnAll(scheduleId)])
  await passOnAll(scheduleId)
  expect(await withheldIn(scheduleId)).toEqual([])
  expect(await timesReleased(scheduleId)).toBe(450)
})

test('a release that dies before its commit has done nothing, and the next one goes on', async () => {
  const scheduleId = await manyGivenBack(3)
  const before = await traces(scheduleId)
  const dying = inTransaction(db, async (trx) => {
    expect(await releaseDue(trx, scheduleId, isDueBy(null))).toHaveLength(3)
    throw new Error('killed')
  })
  await expect(dying).rejects.toThrow('killed')
  expect(await traces(scheduleId)).toEqual(before)
  await passOnAll(scheduleId)
  expect(await timesReleased(scheduleId)).toBe(3)
})

test('a Redis that is away does not keep the seats', async () => {
  const { schedule, scheduleId, givenBackIds } = await givenBack(await batched())
  await withheldFor(scheduleId, 24 * 60)
  const away = createRedis({ url: 'redis://127.0.0.1:1', failFast: true })
  expect(await passOnSeats({ ...deps, redis: away }, scheduleId)).toBe(2)
  await away.close()
  await held(await admitOne(schedule), givenBackIds)
})

test('buyers who try all the time: nobody before the release, one after it; without the row’s guard one would be before', async () => {
  const { schedule, scheduleId, givenBackIds } = await givenBack(await batched(), { seats: 1 })
  const buyers = await admit(schedule, 8)
  const rush = async () => (await Promise.all(buyers.map((buyer) => hold(buyer, givenBackIds)))).map(outcome)
  expect(new Set(await rush())).toEqual(new Set(['409 SEAT_TAKEN']))
  await withheldFor(scheduleId, 24 * 60)
  const [during] = await Promise.all([rush(), passOnAll(scheduleId)])
  const won = [...during, ...(await rush())].filter((one) => one === '201')
  // Whoever had it during the release repeats the hold after it.
  expect(won.length).toBeGreaterThan(0)
  expect(Object.keys(await locks(scheduleId))).toEqual(givenBackIds)

  const control = await givenBack(await batched(), { seats: 1 })
  const unguarded = { active: false, passed_on_at: sql<Date>`now()` }
  await db.updateTable('reservation_seats').set(unguarded).where('schedule_id', '=', control.scheduleId).execute()
  expect(outcome(await hold(await admitOne(control.schedule), control.givenBackIds))).toBe('201')
})

test('the job passes on what is due by itself, and what waits for an answer does not keep the others', async () => {
  const unknown = await givenBack(await batched())
  const known = await givenBack(await batched())
  for (const { scheduleId } of [unknown, known]) await withheldFor(scheduleId, 24 * 60)
  const catalogue = {
    ...deps.catalogue,
    schedule: async (id: string) => {
      if (id === unknown.scheduleId) throw new Error('no answer')
      return deps.catalogue.schedule(id)
    },
  }
  const job = passOnSeatsJob({ ...deps, catalogue })
  await waitUntil(async () => (await withheldIn(known.scheduleId)).length === 0)
  await waitUntil(() => logged.some((line) => line.includes('seats given back wait')))
  await job.close()
  expect(await withheldIn(unknown.scheduleId)).toHaveLength(2)
  expect(await schedulesWithWithheld(db)).toContain(unknown.scheduleId)
})
