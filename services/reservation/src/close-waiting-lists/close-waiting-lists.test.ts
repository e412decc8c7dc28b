import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { eventCancelled, testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'
import { closeWaitingListsJob } from './close-waiting-lists.job.ts'
import { closeWaitingList } from './close-waiting-lists.ts'

const service = await testReservationService()
const { db, deps, deliver } = service
const { soldOut, giveBack, waiting, leave, placeOf, passOn } = waitingListOf(service)
const statusesOf = (places: { userId: string; entryId: string }[]) =>
  Promise.all(places.map(async (place) => (await placeOf(place)).status))
/** As the event service will say a while later. */
const saying = (facts: object) => ({
  ...deps,
  catalogue: {
    ...deps.catalogue,
    schedule: async (id: string) => {
      const known = await deps.catalogue.schedule(id)
      return known && { ...known, ...facts }
    },
  },
})

test('while the sale is on, a list stays open', async () => {
  const { scheduleId } = await soldOut()
  const fan = await waiting(scheduleId)
  expect(await closeWaitingList(deps, scheduleId)).toBe(0)
  expect(await statusesOf([fan])).toEqual(['WAITING'])
})

test.each([
  ['when the sale is over', { saleEndAt: '2020-01-01T00:00:00Z' }],
  ['when the schedule is cancelled', { status: 'CANCELLED' as const }],
  ['when the event is cancelled', { eventStatus: 'CANCELLED' as const }],
])('a list closes %s; what has been offered or was over before stays', async (_when, facts) => {
  const { scheduleId, ticket } = await soldOut()
  const places = [await waiting(scheduleId), await waiting(scheduleId), await waiting(scheduleId)]
  await giveBack(ticket())
  await passOn(scheduleId)
  await leave(places[2] ?? { userId: '', entryId: '' })
  expect(await closeWaitingList(saying(facts), scheduleId)).toBe(1)
  expect(await closeWaitingList(saying(facts), scheduleId)).toBe(0)
  expect(await statusesOf(places)).toEqual(['OFFERED', 'CLOSED', 'LEFT'])
})

test('a show that is called off closes its list by itself, in batches, however many replicas there are', async () => {
  const { scheduleId, eventId } = await soldOut()
  await sql`
    INSERT INTO waiting_list_entries (schedule_id, user_id, event_id, event_title, event_start_at, seats_wanted)
    SELECT ${scheduleId}::uuid, uuidv7(), ${eventId}::uuid, 't', now(), 1 FROM generate_series(1, 2500)`.execute(db)
  await deliver(eventCancelled({ scheduleId, eventId }))
  expect(await closeWaitingList(deps, scheduleId)).toBe(1000)
  const jobs = [closeWaitingListsJob(deps), closeWaitingListsJob(deps)]
  const isOpen = db
    .selectFrom('waiting_list_entries')
    .select('id')
    .where('schedule_id', '=', scheduleId)
    .where('status', '=', 'WAITING')
    .limit(1)
  await waitUntil(async () => (await isOpen.execute()).length === 0, { timeoutMs: 20_000 })
  for (const job of jobs) await job.close()
})
