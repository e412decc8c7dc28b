import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { readVersion, writeVersion } from '../domain/seat-version.ts'
import { outcome } from '../test-buyers.ts'
import { testReplica } from '../test-replica.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { createViewer, type ToldStates } from '../test-viewer.ts'

const service = await testReservationService()
const { scene, admitOne, held, paying, deliver, release, neighbours } = service
const [one, other, forgetful, hasty, rare] = await Promise.all([
  testReplica(service),
  testReplica(service),
  testReplica(service, { live: { statesMax: 2 } }),
  testReplica(service, { live: { oldMs: 700 } }),
  testReplica(service, { live: { lookMs: 4_000 } }),
])

/** What a replica answers as soon as it sees another state than `version`. */
const changeSince = async (
  look: typeof one.look,
  buyer: Parameters<typeof one.look>[0],
  version: string | undefined,
) => {
  const answer = await waitUntil(async () => {
    const seen = await look(buyer, `?since=${version}`)
    return seen.statusCode === 304 ? null : seen
  })
  expect(outcome(answer)).toBe('200')
  return answer
}

test('since a version, a hold, a sale and a release are told as the seats they have changed, and the counts of all', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(20)
  const { version } = (await one.look(buyer)).json<ToldStates>()
  const mine = await held(buyer, [seatIds[4] ?? '', seatIds[11] ?? ''])
  const first = (await changeSince(one.look, buyer, version)).json<ToldStates>()
  expect(first).toEqual({
    scheduleId,
    version: expect.any(String),
    whole: false,
    since: version,
    isOld: false,
    seats: { total: 20, available: 18, sold: 0, hold: 2 },
    changes: { available: [], sold: [], hold: [4, 11] },
  })
  const second = await admitOne(schedule)
  const theirs = await paying(second, [seatIds[0] ?? ''])
  await release(buyer, mine.reservationId)
  await deliver(paymentSuccess(second, theirs, theirs.paymentId))
  await waitUntil(async () => {
    const seen = (await one.look(buyer, `?since=${first.version}`)).json<ToldStates>()
    expect(seen).toMatchObject({ seats: { available: 19, sold: 1, hold: 0 } })
    expect(seen).toMatchObject({ changes: { available: [4, 11], sold: [0], hold: [] } })
  })
})

test('a version that nobody remembers, or that never was, gets the whole state and a word that it is', async () => {
  const { buyer, seatIds } = await scene(6)
  const { version } = (await one.look(buyer)).json<ToldStates>()
  const foreign = writeVersion({ seenAtMs: 1, digest: 'x'.repeat(22) })
  await held(buyer, seatIds.slice(0, 2))
  for (const since of [foreign, 'x', '', '%22%3E']) {
    const list = (await one.look(buyer, `?since=${since}`)).json<ToldStates>()
    expect(list.whole).toBe(true)
    const packed = await one.look(buyer, `?since=${since}&format=bitmap`)
    expect(packed.json()).toMatchObject({ whole: true, hold: expect.stringMatching(/^[\w+/]+=*$/) })
  }
  expect(outcome(await one.look(buyer, `?since=${'x'.repeat(101)}`))).toBe('400 VALIDATION_FAILED')
  expect(readVersion(version)).not.toBeNull()
})

test('only so many states are remembered: who is further behind gets the whole state, and both are right', async () => {
  const { schedule, buyer, seatIds } = await scene(8)
  const [near, far] = [createViewer(seatIds), createViewer(seatIds)]
  for (const viewer of [near, far]) viewer.take((await forgetful.look(buyer)).json<ToldStates>())
  for (const seatId of seatIds.slice(0, 5)) {
    await held(await admitOne(schedule), [seatId])
    near.take((await changeSince(forgetful.look, buyer, near.version())).json<ToldStates>())
  }
  far.take((await forgetful.look(buyer, `?since=${far.version()}`)).json<ToldStates>())
  expect([near.whole(), near.deltas(), far.whole(), far.deltas()]).toEqual([1, 5, 2, 0])
  expect([near.seats(), far.seats()]).toEqual(['HHHHHAAA', 'HHHHHAAA'])
})

test('who takes bit sets gets all seats where the changes would be longer', async () => {
  const { schedule, buyer, seatIds } = await scene(2_000)
  const viewer = createViewer(seatIds)
  viewer.take((await one.look(buyer, '?format=bitmap')).json<ToldStates>())
  const version = viewer.version()
  const source = await one.open(buyer)
  await source.next('seats')
  for (let ordinal = 0; ordinal < 1_200; ordinal += 2) schedule.sold.add(ordinal)
  const listed = await changeSince(one.look, buyer, version)
  expect(listed.json<ToldStates>()).toMatchObject({ whole: false, seats: { sold: 600 } })
  const packed = await one.look(buyer, `?since=${version}&format=bitmap`)
  expect(packed.body.length).toBeLessThan(listed.body.length)
  viewer.take(packed.json<ToldStates>())
  expect([viewer.whole(), viewer.deltas()]).toEqual([2, 0])
  expect(await source.next('seats', 1)).toMatchObject({ data: { whole: true, seats: { sold: 600 } } })
})

test('nothing changed since is 304, at the version, at its tag, and at the version another replica gave the same state', async () => {
  const { schedule, buyer, seatIds } = await scene(5)
  await held(buyer, seatIds.slice(0, 1))
  const here = await one.look(buyer)
  const there = await other.look(buyer)
  expect(there.headers['etag']).toBe(here.headers['etag'])
  for (const { version } of [here.json<ToldStates>(), there.json<ToldStates>()]) {
    for (const { look } of [one, other]) {
      const answer = await look(buyer, `?since=${version}`)
      expect([answer.statusCode, answer.body]).toEqual([304, ''])
    }
  }
  const { version } = here.json<ToldStates>()
  await held(await admitOne(schedule), seatIds.slice(1, 2))
  const changed = await changeSince(other.look, buyer, version)
  const etag = String(changed.headers['etag'])
  expect((await other.look(buyer, `?since=${version}`, { 'if-none-match': etag })).statusCode).toBe(304)
})

test('a client that goes from replica to replica is led on by deltas in its own words, and never back', async () => {
  const { schedule, buyer, seatIds } = await scene(12)
  const viewer = createViewer(seatIds)
  await other.look(buyer)
  viewer.take((await one.look(buyer)).json<ToldStates>())
  for (const [index, seatId] of seatIds.slice(0, 8).entries()) {
    await held(await admitOne(schedule), [seatId])
    const { look } = index % 2 === 0 ? other : one
    viewer.take((await changeSince(look, buyer, viewer.version())).json<ToldStates>())
    expect(viewer.seats()).toBe('H'.repeat(index + 1).padEnd(12, 'A'))
  }
})

test('a replica that has not looked for a while looks again for whoever knows of something newer: nobody is led back', async () => {
  const { buyer, seatIds } = await scene(4)
  const viewer = createViewer(seatIds)
  viewer.take((await rare.look(buyer)).json<ToldStates>())
  await held(buyer, seatIds.slice(0, 2))
  viewer.take((await changeSince(one.look, buyer, viewer.version())).json<ToldStates>())
  const { statusCode } = await rare.look(buyer, `?since=${viewer.version()}`)
  expect([statusCode, viewer.seats()]).toEqual([304, 'HHAA'])
  const followed = await rare.open(buyer, { 'last-event-id': viewer.version() ?? '' })
  viewer.take((await followed.next('changes')).data as ToldStates)
  expect(viewer.seats()).toBe('HHAA')
})

test('states that differ never share a version, and the later one is the greater', async () => {
  const { schedule, buyer, seatIds } = await scene(10)
  const versions = new Map<string, string>()
  let last = ''
  for (const seatId of seatIds) {
    const mine = await admitOne(schedule)
    const { reservationId } = await held(mine, [seatId])
    const changed = (await changeSince(one.look, buyer, last)).json<ToldStates>()
    expect(changed.version > last).toBe(true)
    last = changed.version
    for (const { look } of [one, other]) {
      const { version, seats } = (await look(buyer)).json<ToldStates>()
      const known = versions.get(version) ?? JSON.stringify(seats)
      expect(JSON.stringify(seats)).toBe(known)
      versions.set(version, known)
    }
    if (seatIds.indexOf(seatId) % 3 === 0) await release(mine, reservationId)
  }
})

test('while the event service is away its last word counts, with the sales since; once that is old it is said, and not later', async () => {
  const { schedule, buyer, seatIds } = await scene(6)
  schedule.sold.add(5)
  const mine = await paying(buyer, seatIds.slice(0, 2))
  expect((await hasty.look(buyer)).json()).toMatchObject({ isOld: false, seats: { sold: 1, hold: 2 } })
  neighbours.misbehave('hang-up')
  try {
    await deliver(paymentSuccess(buyer, mine, mine.paymentId))
    await waitUntil(async () => {
      const seen = (await hasty.look(buyer)).json<ToldStates>()
      expect(seen).toMatchObject({ isOld: true, seats: { sold: 3, hold: 0 } })
    })
    expect(outcome(await one.look(buyer))).toBe('503 SERVICE_UNAVAILABLE')
  } finally {
    neighbours.misbehave(null)
  }
  const { version } = (await hasty.look(buyer)).json<ToldStates>()
  const fresh = await changeSince(hasty.look, buyer, version)
  expect(fresh.json()).toMatchObject({ isOld: false, changes: { available: [], sold: [], hold: [] } })
  expect(outcome(await one.look(buyer))).toBe('200')
})
