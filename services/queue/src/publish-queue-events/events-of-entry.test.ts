import { randomUUID } from 'node:crypto'
import { events } from '@ticket-queue/contracts/events'
import { describe, expect, test } from 'vitest'
import { eventsOfEntry } from './events-of-entry.ts'

const scheduleId = randomUUID()
const [a, b] = [randomUUID(), randomUUID()]
const id = '1893456000123-7'
const read = (fields: Record<string, string>) => eventsOfEntry(scheduleId, { id, fields }) ?? []
const summary = (fields: Record<string, string>) =>
  read(fields).map(({ eventType, payload: { scheduleId: _, ...facts } }) => [eventType, facts])

describe('an entry of the log gives', () => {
  test.each([
    [
      { k: 'epoch', e: '1893456000123456', lost: '1' },
      ['QueueEpochBegan', { epoch: 1893456000123456, afterLoss: true }],
    ],
    [
      { k: 'joined', u: a, s: '1893456000123457' },
      ['QueueJoined', { userId: a, place: 1893456000123457, restored: false }],
    ],
    [{ k: 'restored', u: a, s: '17' }, ['QueueJoined', { userId: a, place: 17, restored: true }]],
    [{ k: 'left', u: a }, ['QueueLeft', { userId: a, from: 'QUEUE' }]],
    [{ k: 'left', u: a, inside: '1' }, ['QueueLeft', { userId: a, from: 'INSIDE' }]],
    [{ k: 'ended', u: a }, ['QueueLeft', { userId: a, from: 'TOKEN_ENDED' }]],
    [{ k: 'paused', by: b }, ['QueuePaused', { by: b }]],
    [{ k: 'resumed', by: b }, ['QueueResumed', { by: b }]],
    [
      { k: 'config', by: b, changes: '{"batchSize":"5","maxInside":"null"}' },
      ['QueueReconfigured', { by: b, cause: null, changes: { batchSize: 5, maxInside: null } }],
    ],
    [
      { k: 'config', by: 'adapt-admission', cause: 'ROOM', changes: '{"intervalMs":"900"}' },
      ['QueueReconfigured', { by: 'adapt-admission', cause: 'ROOM', changes: { intervalMs: 900 } }],
    ],
    [{ k: 'closed', by: 'know-seats', reason: 'SOLD_OUT' }, ['QueueClosed', { by: 'know-seats', reason: 'SOLD_OUT' }]],
    [{ k: 'opened', by: 'know-seats' }, ['QueueReopened', { by: 'know-seats' }]],
    [
      { k: 'draw-closed', draw: a, n: '3', digest: 'abc', s: '1893456000123000' },
      ['QueueDrawClosed', { drawId: a, count: 3, rosterDigest: 'abc', closedAtPlace: 1893456000123000 }],
    ],
    [{ k: 'drawn', draw: a, n: '3' }, ['QueueDrawn', { drawId: a, count: 3 }]],
    [{ k: 'draw-published', draw: a, by: b }, ['QueueDrawPublished', { drawId: a, by: b }]],
    [{ k: 'draw-voided', draw: a, by: b, reason: 'rain' }, ['QueueDrawVoided', { drawId: a, by: b, reason: 'rain' }]],
  ])('%j', (fields, event) => {
    expect(summary(fields as unknown as Record<string, string>)).toEqual([event])
  })

  test('one event for each of several people, in their order, each with an ID of its own', () => {
    const admitted = read({ k: 'admitted', u: `${a},${b}`, s: '11,12' })
    expect(admitted.map(({ payload }) => payload)).toEqual([
      { scheduleId, userId: a, place: 11 },
      { scheduleId, userId: b, place: 12 },
    ])
    expect(new Set(admitted.map(({ eventId }) => eventId)).size).toBe(2)
    expect(summary({ k: 'expired', u: `${a},${b}` })).toEqual([
      ['QueueExpired', { userId: a }],
      ['QueueExpired', { userId: b }],
    ])
    expect(summary({ k: 'joined', u: `${a},${b}`, s: '11,12' })).toEqual([
      ['QueueJoined', { userId: a, place: 11, restored: false }],
      ['QueueJoined', { userId: b, place: 12, restored: false }],
    ])
    expect(summary({ k: 'no-show', u: b })).toEqual([['QueueNoShow', { userId: b }]])
  })
})

test('the same entry gives the same event; another entry or schedule another ID', () => {
  const fields = { k: 'joined', u: a, s: '5' }
  const [event] = read(fields)
  expect(read(fields)).toEqual([event])
  expect(event).toMatchObject({
    aggregateId: scheduleId,
    aggregateType: 'Queue',
    timestamp: '2030-01-01T00:00:00.123Z',
    metadata: { userId: a, causationId: null },
  })
  expect(event && events[event.eventType].schema.parse(event)).toEqual(event)
  const others = [
    eventsOfEntry(scheduleId, { id: '1893456000123-8', fields }),
    eventsOfEntry(randomUUID(), { id, fields }),
  ].map((found) => found?.[0]?.eventId)
  expect(new Set([event?.eventId, ...others]).size).toBe(3)
})

test('an unknown kind is told as such, and an entry that lacks something is an error', () => {
  expect(eventsOfEntry(scheduleId, { id, fields: { k: 'danced', u: a } })).toBeNull()
  expect(eventsOfEntry(scheduleId, { id, fields: {} })).toBeNull()
  for (const fields of [
    { k: 'joined', u: a },
    { k: 'joined', u: 'nobody', s: '1' },
    { k: 'admitted', u: `${a},${b}`, s: '1' },
    { k: 'closed', by: 'know-seats', reason: 'RAIN' },
    { k: 'opened' },
    { k: 'drawn', draw: a },
    { k: 'draw-voided', draw: a, by: b },
    { k: 'config', by: b, changes: 'batchSize' },
  ]) {
    expect(() => read(fields as unknown as Record<string, string>)).toThrow()
  }
})
