import { tokenKey } from '@ticket-queue/lua/queue'
import { emptyRedis, waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { expireHolds } from '../expire-holds/expire-holds.ts'
import { rebuildHolds } from '../rebuild-holds/rebuild-holds.ts'
import { asPerson } from '../test-buyers.ts'
import { type SeatSource, testReplica } from '../test-replica.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { createViewer, type ToldStates } from '../test-viewer.ts'

const service = await testReservationService()
const { scene, admit, admitOne, held, paying, deliver, release, makeOverdue, deps, redis } = service
const [here, there, full] = await Promise.all([
  testReplica(service),
  testReplica(service),
  testReplica(service, { streams: { streamsMax: 3, heartbeatMs: 100 } }),
])

/** What a client of this stream shows. */
function view(source: SeatSource, seatIds: readonly string[]) {
  const viewer = createViewer(seatIds)
  let taken = 0
  return {
    ...viewer,
    seats: () => {
      for (; taken < source.events.length; taken += 1) viewer.take(source.events[taken]?.data as ToldStates)
      return viewer.seats()
    },
  }
}

test('the state is told at once as bit sets, then each change by hold, release, expiry and sale', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(8)
  schedule.sold.add(7)
  const source = await here.open(buyer)
  expect([source.status, source.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
  expect(source.headers['cache-control']).toBe('no-store, no-transform')
  const { id, event, data } = await source.next('seats')
  expect([id, event]).toEqual([(data as ToldStates).version, 'seats'])
  expect(data).toMatchObject({ scheduleId, whole: true, sold: expect.any(String), seats: { total: 8, sold: 1 } })
  const { seats } = view(source, seatIds)
  const shows = (state: string) => waitUntil(() => seats() === state)
  await shows('AAAAAAAS')

  const mine = await held(buyer, seatIds.slice(0, 2))
  await shows('HHAAAAAS')
  const late = await held(await admitOne(schedule), seatIds.slice(2, 4))
  await shows('HHHHAAAS')
  await release(buyer, mine.reservationId)
  await shows('AAHHAAAS')
  await makeOverdue(late.reservationId)
  await expireHolds(deps)
  await shows('AAAAAAAS')
  const payer = await admitOne(schedule)
  const paid = await paying(payer, seatIds.slice(4, 5))
  await shows('AAAAHAAS')
  await deliver(paymentSuccess(payer, paid, paid.paymentId))
  await shows('AAAASAAS')
  expect(source.events.slice(1).every((one) => one.event === 'changes')).toBe(true)
  expect(source.events.every((one) => one.id === (one.data as ToldStates).version)).toBe(true)
})

test('whoever comes back, here or at another replica, is told what has changed meanwhile, and if that is unknown all', async () => {
  const { schedule, buyer, seatIds } = await scene(8)
  const lost = await here.open(buyer)
  const { id } = await lost.next('seats')
  const before = view(lost, seatIds)
  expect(before.seats()).toBe('AAAAAAAA')
  lost.close()
  await held(await admitOne(schedule), seatIds.slice(3, 5))
  for (const { look } of [here, there])
    await waitUntil(async () => (await look(buyer)).json<ToldStates>().seats.hold === 2)
  const back = await here.open(buyer, { 'last-event-id': id })
  const told = await back.next('changes')
  expect(back.events[0]).toBe(told)
  expect(told.data).toMatchObject({ since: id, changes: { available: [], sold: [], hold: [3, 4] } })
  const same = await there.open(buyer, { 'last-event-id': told.id })
  expect((await same.next('changes')).data).toMatchObject({
    since: told.id,
    changes: { available: [], sold: [], hold: [] },
  })
  const polled = await there.open(buyer, {}, `?since=${told.id}`)
  await polled.next('changes')
  for (const unknown of ['x', '0000000zz.AAAAbbbb-_CCCCdddd1234', 'closed-GONE']) {
    const all = await there.open(buyer, { 'last-event-id': unknown })
    expect((await all.next('seats')).data).toMatchObject({ whole: true, seats: { hold: 2 } })
  }
})

test('a hundred who follow cost the event service no more than one, and all are told the same bytes', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(40)
  const followers = await admit(schedule, 100)
  const sources = await Promise.all(followers.map((follower) => here.open(follower)))
  for (const source of sources) await source.next('seats')
  const asked = () => service.neighbours.asked.filter((one) => one.includes(`/status/${scheduleId}`)).length
  const [before, beganAtMs] = [asked(), performance.now()]
  await held(buyer, seatIds.slice(0, 2))
  for (const source of sources) await source.next('changes')
  expect(asked() - before).toBeLessThanOrEqual(2 + (performance.now() - beganAtMs) / 400)
  const told = sources.map(({ events }) => JSON.stringify(events.map(({ data }) => data)))
  expect(new Set(told).size).toBe(1)
})

test('the turn must be this person’s, of this schedule, alive; and the schedule known', async () => {
  const { schedule, scheduleId, buyer } = await scene()
  const elsewhere = await scene()
  const status = async (headers: Record<string, string>, of = scheduleId) => {
    const source = await here.open({ scheduleId: of, headers })
    return source.status
  }
  expect(await status({})).toBe(401)
  expect(await status(asPerson(buyer.userId))).toBe(401)
  expect(await status({ ...buyer.headers, 'x-queue-token': 'qr_x' })).toBe(401)
  expect(await status(elsewhere.buyer.headers)).toBe(403)
  const thief = await admitOne(schedule)
  expect(await status({ ...thief.headers, 'x-queue-token': buyer.token })).toBe(403)
  const unknown = await admitOne({ ...schedule, facts: { ...schedule.facts, scheduleId: uuidv7() } })
  expect(await status(unknown.headers, unknown.scheduleId)).toBe(404)
  expect(await status(buyer.headers, 'x')).toBe(400)
  await redis.client.unlink(tokenKey(buyer.token))
  expect(await status(buyer.headers)).toBe(401)
})

test('the end of the turn closes the stream and says why; streams of others go on', async () => {
  const { schedule, scheduleId, buyer } = await scene()
  const [other] = await admit(schedule, 1)
  const [mine, theirs] = [await here.open(buyer), await here.open(other ?? buyer)]
  await mine.next('seats')
  await redis.client.unlink(tokenKey(buyer.token))
  expect(await mine.next('closed')).toMatchObject({
    id: 'closed-QUEUE_TOKEN_EXPIRED',
    data: { scheduleId, reason: 'QUEUE_TOKEN_EXPIRED' },
  })
  await waitUntil(() => mine.endedAtMs() !== null)
  expect(mine.isWhole()).toBe(true)
  expect(theirs.endedAtMs()).toBeNull()
  expect((await here.open(buyer, { 'last-event-id': 'closed-QUEUE_TOKEN_EXPIRED' })).status).toBe(401)
})

test('a person may open five streams; a sixth ends the oldest, which does not come back by itself', async () => {
  const { buyer } = await scene()
  const oldest = await here.open(buyer)
  for (let tab = 2; tab <= 5; tab += 1) await here.open(buyer)
  expect(oldest.endedAtMs()).toBeNull()
  const sixth = await here.open(buyer)
  const { id, data } = await oldest.next('closed')
  expect(data).toMatchObject({ reason: 'REPLACED' })
  await waitUntil(() => oldest.endedAtMs() !== null)
  expect((await here.open(buyer, { 'last-event-id': id })).status).toBe(204)
  expect(sixth.endedAtMs()).toBeNull()
})

test('a full process refuses with 503, shows quiet streams that they live, and has room again once one has ended', async () => {
  const { schedule } = await scene()
  const followers = await admit(schedule, 4)
  const sources: SeatSource[] = []
  for (const follower of followers) sources.push(await full.open(follower))
  expect(sources.map(({ status }) => status)).toEqual([200, 200, 200, 503])
  expect(sources[3]?.headers['retry-after']).toBe('5')
  await waitUntil(() => sources.slice(0, 3).every((source) => source.comments() >= 2))
  expect(await full.figure('reservation_seat_streams_open')).toBe(3)
  sources[0]?.close()
  await waitUntil(async () => (await full.figure('reservation_seat_streams_open')) === 2)
  expect((await full.open(followers[3] ?? expect.fail())).status).toBe(200)
})

test('Redis loses everything: the streams end with the turns, and who is let in again sees the holds come back', async () => {
  const { schedule, buyer, seatIds } = await scene(6)
  await held(buyer, seatIds.slice(1, 3))
  const source = await here.open(buyer)
  await source.next('seats')
  await emptyRedis(redis)
  expect((await source.next('closed')).data).toMatchObject({ reason: 'QUEUE_TOKEN_EXPIRED' })
  const again = await here.open(await admitOne(schedule))
  const { seats } = view(again, seatIds)
  await waitUntil(() => seats() === 'AAAAAA')
  await rebuildHolds({ ...deps, paymentHoldSeconds: 900 }, { endedWithinSeconds: 60 })
  await waitUntil(() => seats() === 'AHHAAA')
})
