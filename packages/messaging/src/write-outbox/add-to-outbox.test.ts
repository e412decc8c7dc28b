import { randomUUID } from 'node:crypto'
import { testDatabase } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { ZodError } from 'zod'
import { type MessageTables, paymentFailed } from '../test-events.ts'
import { addToOutbox } from './add-to-outbox.ts'
import { newEvent } from './new-event.ts'

const { database } = await testDatabase<MessageTables>('event')
const { db } = database

const rowsOf = (key: string) =>
  db.selectFrom('outbox_events').selectAll().where('key', '=', key).orderBy('seq').execute()

test('a row has the topic and key of its event type, and the whole envelope', async () => {
  const scheduleId = randomUUID()
  const event = newEvent('EventCancelled', {
    aggregateId: scheduleId,
    payload: { eventId: randomUUID(), scheduleId, reason: 'typhoon', cancelledAt: '2026-11-23T10:00:00+09:00' },
    correlationId: 'request-1',
    causationId: 'event-0',
  })
  await db.transaction().execute((trx) => addToOutbox(trx, event))
  expect(await rowsOf(scheduleId)).toMatchObject([
    {
      id: event.eventId,
      topic: 'event.events',
      event_type: 'EventCancelled',
      aggregate_type: 'Schedule',
      aggregate_id: scheduleId,
      payload: { ...event, version: 1, metadata: { correlationId: 'request-1', causationId: 'event-0', userId: null } },
      headers: { eventId: event.eventId, eventType: 'EventCancelled', 'x-request-id': 'request-1' },
      published: false,
      retry_count: 0,
    },
  ])
})

test('events added together keep their order', async () => {
  const key = randomUUID()
  const events = Array.from({ length: 50 }, (_, index) => paymentFailed(String(index), key))
  await db.transaction().execute((trx) => addToOutbox(trx, events))
  expect((await rowsOf(key)).map((row) => row.id)).toEqual(events.map((event) => event.eventId))
})

test('an event that breaks its contract undoes the transaction that reports it', async () => {
  const key = randomUUID()
  const wrong = paymentFailed('', key)
  const writing = db.transaction().execute(async (trx) => {
    await addToOutbox(trx, paymentFailed('fine', key))
    await addToOutbox(trx, wrong)
  })
  await expect(writing).rejects.toBeInstanceOf(ZodError)
  expect(await rowsOf(key)).toEqual([])
})

test('event IDs are UUID v7 and rise', () => {
  const ids = Array.from({ length: 100 }, () => paymentFailed().eventId)
  expect(ids.every((id) => id[14] === '7')).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
})
