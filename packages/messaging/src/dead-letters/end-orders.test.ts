import { randomUUID } from 'node:crypto'
import { waitUntil } from '@ticket-queue/testing'
import { sql, type Transaction } from 'kysely'
import { expect, test } from 'vitest'
import type { Arrived } from '../consume/admit-events.ts'
import { applyOnce, applyTogether, letterOf } from '../consume/apply-once.ts'
import { TransientError } from '../errors.ts'
import { effect, effectsOf } from '../test-effects.ts'
import type { MessageTables } from '../test-events.ts'
import { type Failed, lane, poison, testLetters } from './test-letters.ts'
import { storeDeadLetter } from './write-dead-letter.ts'

const { db, put, startGroup, give, ordersOf } = await testLetters()
const patience = { timeoutMs: 15_000 }

/** Gives how many sessions wait for a row of a table. */
async function waitingFor(table: string) {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database() and query like ${`%${table}%`}`.execute(db)
  return rows[0]?.count ?? 0
}
/** Payment takes an order back; gives how many it still found. */
async function takeBack(group: Awaited<ReturnType<typeof startGroup>>, event: Failed) {
  const letter = await group.letterOf(event)
  const taken = await db
    .updateTable('dead_letter_orders')
    .set({ carried_out_at: new Date(), outcome: 'CANCELLED', cancelled_by: randomUUID() })
    .where('letter_id', '=', String(letter?.id))
    .where('carried_out_at', 'is', null)
    .executeTakeFirst()
  return Number(taken.numUpdatedRows)
}

test('an order whose replay has waited for minutes ends with the reason, the letter stays open, and can be discarded', async () => {
  const group = await startGroup()
  const [event, next] = lane(2) as [Failed, Failed]
  group.failures.set(event.eventId, poison)
  await put([event, next])
  await waitUntil(async () => (await group.statusOf(next)) === 'PARKED', patience)
  group.failures.set(event.eventId, new TransientError('PortOne is away'))
  await give(group, event, 'REPLAY', new Date(Date.now() - 6 * 60_000))
  await waitUntil(async () => (await ordersOf(group)).some(({ outcome }) => outcome === 'FAILED'), patience)
  expect(await group.letterOf(event)).toMatchObject({ status: 'OPEN', error: 'TransientError: PortOne is away' })

  await give(group, event, 'DISCARD')
  await waitUntil(async () => (await group.statusOf(next)) === 'REPLAYED', patience)
  expect(await group.statusOf(event)).toBe('DISCARDED')
  expect(await effectsOf(db, event)).toBe(0)
})

test('an order that is taken back is not carried out; one that is being carried out has come first', async () => {
  const group = await startGroup()
  const [[away], [slow]] = [lane(1), lane(1)] as [[Failed], [Failed]]
  for (const { eventId } of [away, slow]) group.failures.set(eventId, poison)
  await put([away, slow])
  await waitUntil(async () => (await group.letters()).length === 2, patience)

  group.failures.set(away.eventId, new TransientError('away'))
  await give(group, away)
  await waitUntil(() => group.tries.filter((id) => id === away.eventId).length > 1, patience)
  expect(await takeBack(group, away)).toBe(1)
  group.failures.delete(away.eventId)

  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  group.waits.set(slow.eventId, released)
  group.failures.delete(slow.eventId)
  await give(group, slow)
  await waitUntil(() => group.tries.filter((id) => id === slow.eventId).length > 1, patience)
  const takingBack = takeBack(group, slow)
  await waitUntil(async () => (await waitingFor('dead_letter_orders')) > 0, patience)
  release()
  expect(await takingBack).toBe(0)
  expect([await group.statusOf(slow), await group.statusOf(away)]).toEqual(['REPLAYED', 'OPEN'])
  expect([await effectsOf(db, slow), await effectsOf(db, away)]).toEqual([1, 0])
})

test('a replay that ends its process each time is left to a person after three of them', async () => {
  const group = await startGroup()
  const [event] = lane(1) as [Failed]
  group.failures.set(event.eventId, poison)
  await put([event])
  await waitUntil(async () => (await group.statusOf(event)) === 'OPEN', patience)
  // As it stands when three processes have begun and none has ended it.
  await db.updateTable('dead_letters').set({ starts: 3 }).where('consumer_group', '=', group.group).execute()
  const triesBefore = group.tries.length
  group.failures.clear()
  await give(group, event)
  await waitUntil(async () => (await ordersOf(group)).some(({ outcome }) => outcome === 'FAILED'), patience)
  expect(group.tries).toHaveLength(triesBefore)
  expect(await group.letterOf(event)).toMatchObject({
    status: 'OPEN',
    starts: 0,
    error: expect.stringContaining('3 times'),
  })
  // Ordered again, it is tried again.
  await give(group, event)
  await waitUntil(async () => (await group.statusOf(event)) === 'REPLAYED', patience)
  expect(await effectsOf(db, event)).toBe(1)
})

test('a message that was discarded is not applied when it comes again, and one with a letter gets no second', async () => {
  const group = await startGroup()
  const [event] = lane(1) as [Failed]
  group.failures.set(event.eventId, poison)
  await put([event])
  await waitUntil(async () => (await group.statusOf(event)) === 'OPEN', patience)
  const letter = await group.letterOf(event)
  const again: Arrived = {
    event,
    placed: {
      topic: 'payment.events',
      partition: Number(letter?.partition),
      message: {
        key: Buffer.from(event.payload.reservationId),
        value: Buffer.from(JSON.stringify(event)),
        offset: String(letter?.offset),
        headers: {},
      },
    },
  }
  const why = { error: poison, eventType: event.eventType, group: group.group }
  // Two members met it around a rebalance.
  await Promise.all([1, 2, 3].map(() => storeDeadLetter(db, letterOf(again.placed, why), 'OPEN')))
  expect(await group.letters()).toHaveLength(1)

  await give(group, event, 'DISCARD')
  await waitUntil(async () => (await group.statusOf(event)) === 'DISCARDED', patience)
  const applying = { db, group: group.group, handle: (trx: Transaction<MessageTables>) => effect(trx, event) }
  expect(await applyOnce(applying, again)).toBe('repeated')
  const { fresh, behind } = await applyTogether(applying, (trx) => effect(trx, event), [again])
  expect([fresh.size, behind.size]).toEqual([0, 0])
  expect(await effectsOf(db, event)).toBe(0)
})
