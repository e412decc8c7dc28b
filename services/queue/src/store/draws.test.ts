import { randomBytes, randomUUID } from 'node:crypto'
import { databaseNow } from '@ticket-queue/database'
import {
  buildRosterTree,
  drawKeyOf,
  entrantIdOf,
  newDrawSecrets,
  publishDraw,
  verifyDraw,
  writeCanonical,
} from '@ticket-queue/draw'
import { testDatabase } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import type { Database } from './database.ts'
import { closeRoster, findDraw, insertDraw, markPublished, readRoster, recordBeacon, voidDraw } from './draws.ts'

const { database } = await testDatabase<Database>('queue')
const { db } = database

const round = { source: 'drand:52db9ba7', reference: '31819022' }
const value = randomBytes(32).toString('hex')
const admin = randomUUID()
const closedAt = '2100-01-01T12:00:00.214Z'

async function commit(beacon: typeof round | null = null, scheduleId = randomUUID()) {
  const committedAt = (await databaseNow(db)).toISOString()
  const opensAt = '2100-01-01T11:30:00.000Z'
  const terms = { scheduleId, committedAt, opensAt, closesAt: '2100-01-01T12:00:00.000Z', beacon }
  const secrets = newDrawSecrets()
  return { terms, secrets, inserted: await insertDraw(db, terms, secrets, admin) }
}

async function committed(beacon: typeof round | null = null) {
  const { terms, secrets, inserted } = await commit(beacon)
  if ('refused' in inserted) throw new Error('The draw of a new schedule was refused')
  return { terms, secrets, drawId: inserted.drawId }
}

function rosterOf({ terms, secrets }: Awaited<ReturnType<typeof committed>>, count: number) {
  const entrantIds = Array.from({ length: count }, () => entrantIdOf(secrets.salt, terms.scheduleId, randomUUID()))
  const rosterDigest = buildRosterTree(entrantIds).root
  const { scheduleId } = terms
  const keyWith = (beaconValue: string | null) =>
    drawKeyOf({ seed: secrets.seed, scheduleId, count, rosterDigest, beaconValue })
  return { closedAt, entrantIds, rosterDigest, keyWith }
}

test('a schedule has one draw, whoever commits first', async () => {
  const { terms } = await committed()
  expect((await commit(null, terms.scheduleId)).inserted).toEqual({ refused: 'DRAW_EXISTS' })
})

test('a draw voided in time leaves the schedule free for another', async () => {
  const { drawId, terms } = await committed()
  expect(await voidDraw(db, drawId, { reason: 'the sale moves', voidedBy: admin })).toBe(true)
  expect(await findDraw(db, terms.scheduleId)).toBeNull()
  expect((await commit(null, terms.scheduleId)).inserted).toHaveProperty('drawId')
})

test('what comes back from the store is published and verified, over several parts of the roster', async () => {
  for (const beacon of [null, round]) {
    const draw = await committed(beacon)
    const { entrantIds, rosterDigest, keyWith } = rosterOf(draw, beacon === null ? 20_001 : 3)
    const drawKey = beacon === null ? keyWith(null) : null
    await closeRoster(db, draw.drawId, { closedAt, entrantIds, rosterDigest, drawKey })
    if (beacon !== null) {
      expect(await markPublished(db, draw.drawId, admin)).toBe(false)
      expect(
        await recordBeacon(db, draw.drawId, { beaconValue: value, drawKey: keyWith(value), recordedBy: admin }),
      ).toBe(true)
    }
    expect(await markPublished(db, draw.drawId, admin)).toBe(true)

    const stored = await findDraw(db, draw.terms.scheduleId)
    if (!stored?.closed || !stored.drawn) throw new Error('The draw is not complete')
    expect(stored).toMatchObject({ status: 'PUBLISHED', terms: draw.terms, secrets: draw.secrets })
    const files = publishDraw({
      terms: stored.terms,
      secrets: stored.secrets,
      closedAt: stored.closed.closedAt,
      entrantIds: await readRoster(db, draw.drawId),
      beaconValue: stored.drawn.beaconValue,
    })
    expect(files.draw.drawKey).toBe(stored.drawn.drawKey)
    const roster = [...files.roster].map((entry) => Buffer.from(writeCanonical(entry)))
    expect((await verifyDraw(Buffer.from(writeCanonical(files.draw)), roster)).accepted).toBe(true)
  }
})

test('of many that close a draw at once, one does, and the roster is its own', async () => {
  const draw = await committed()
  const rosters = [1, 2, 3, 4, 5].map((count) => rosterOf(draw, count))
  const outcomes = await Promise.all(
    rosters.map((roster) => closeRoster(db, draw.drawId, { ...roster, drawKey: roster.keyWith(null) })),
  )
  const winner = rosters.filter((_, at) => 'closed' in (outcomes[at] ?? {}))
  expect(winner).toHaveLength(1)
  expect(outcomes.filter((outcome) => 'refused' in outcome)).toHaveLength(4)
  expect(await readRoster(db, draw.drawId)).toEqual(winner[0]?.entrantIds)
})

test('a closed draw waits for its beacon once: a second value changes nothing, nor does giving it up', async () => {
  const draw = await committed(round)
  const roster = rosterOf(draw, 2)
  await closeRoster(db, draw.drawId, { ...roster, drawKey: null })
  expect((await findDraw(db, draw.terms.scheduleId))?.drawn).toBeNull()
  expect(
    await recordBeacon(db, draw.drawId, { beaconValue: value, drawKey: roster.keyWith(value), recordedBy: admin }),
  ).toBe(true)
  const other = randomBytes(32).toString('hex')
  expect(
    await recordBeacon(db, draw.drawId, { beaconValue: other, drawKey: roster.keyWith(other), recordedBy: admin }),
  ).toBe(false)
  expect(await voidDraw(db, draw.drawId, { reason: 'another order, please', voidedBy: admin })).toBe(false)
  expect((await findDraw(db, draw.terms.scheduleId))?.drawn?.beaconValue).toBe(value)
})

test('the store refuses a roster of another size than was stated, and keeps nothing of it', async () => {
  const draw = await committed()
  const roster = rosterOf(draw, 2)
  const broken = { ...roster, entrantIds: [...roster.entrantIds, 'abcd'], drawKey: roster.keyWith(null) }
  await expect(closeRoster(db, draw.drawId, broken)).rejects.toMatchObject({ code: '23514' })
  expect(await readRoster(db, draw.drawId)).toEqual([])
})
