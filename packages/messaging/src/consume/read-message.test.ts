import { envelopeOf, events, topics } from '@ticket-queue/contracts/events'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { paymentFailed } from '../test-events.ts'
import { newEvent } from '../write-outbox/new-event.ts'
import { readMessage } from './read-message.ts'

const bytesOf = (event: object) => Buffer.from(JSON.stringify(event))
const handled = new Set(['PaymentFailed', 'ReservationCancelled', 'ScheduleUpdated'])
const id = '0198c0de-0000-7000-8000-000000000001'

/** A contract whose third version has the price in won; the first had it in thousands, the second a currency beside it. */
const priced = {
  PaymentFailed: {
    topic: topics.payment,
    schema: envelopeOf('PaymentFailed', 'Payment', z.object({ priceWon: z.int() }), 3),
    upgrades: {
      1: (payload: unknown) => ({
        price: z.object({ thousands: z.int() }).parse(payload).thousands * 1000,
        currency: 'KRW',
      }),
      2: (payload: unknown) => ({ priceWon: z.object({ price: z.int() }).parse(payload).price }),
    },
  },
}
const ofVersion = (version: number, payload: object) => bytesOf({ ...paymentFailed(), version, payload })

test.each([
  [1, { thousands: 154 }],
  [2, { price: 154_000, currency: 'KRW' }],
  [3, { priceWon: 154_000, added: 'later' }],
])('major version %i of an event is read as the one that handlers know', (version, payload) => {
  expect(readMessage(ofVersion(version, payload), handled, priced)).toMatchObject({
    kind: 'event',
    event: { version: 3, payload: { priceWon: 154_000 } },
  })
})

test.each([
  ['a later version', ofVersion(4, { priceWon: 154_000 }), 'version'],
  ['an earlier version of another shape', ofVersion(1, { priceWon: 154_000 }), 'version 1'],
  ['a version that is no longer accepted', bytesOf({ ...paymentFailed(), version: 0 }), 'envelope'],
])('%s is broken, and says why', (_, value, reason) => {
  const incoming = readMessage(value, handled, priced)
  expect(incoming.kind).toBe('broken')
  expect(incoming.kind === 'broken' && incoming.error.message).toContain(reason)
})

test('an earlier version without an upgrade is broken', () => {
  const [, second] = Object.values(priced.PaymentFailed.upgrades)
  const one = { PaymentFailed: { ...priced.PaymentFailed, upgrades: { 2: second as never } } }
  expect(readMessage(ofVersion(1, { thousands: 154 }), handled, one).kind).toBe('broken')
  expect(readMessage(ofVersion(2, { price: 154_000 }), handled, one).kind).toBe('event')
})

const cancelled = newEvent('ReservationCancelled', {
  aggregateId: id,
  correlationId: 'request-1',
  payload: {
    ...{ reservationId: id, userId: id, eventId: id, scheduleId: id, seatIds: [id], totalAmount: 99_000 },
    ...{ reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount: 99_000, feeAmount: 0 },
    cancelledAt: '2026-11-29T00:00:00Z',
  },
})

test('a value that an enumeration has got since is read as OTHER, and all else stays as it came', () => {
  const later = { ...cancelled, payload: { ...cancelled.payload, reason: 'HALL_CLOSED' } }
  expect(readMessage(bytesOf(later), handled)).toMatchObject({
    kind: 'event',
    event: { payload: { reason: 'OTHER', refundAmount: 99_000 } },
  })
  expect(readMessage(bytesOf(cancelled), handled)).toMatchObject({ event: { payload: { reason: 'USER_CANCELLED' } } })
  const nonsense = { ...cancelled, payload: { ...cancelled.payload, reason: 7 } }
  expect(readMessage(bytesOf(nonsense), handled).kind).toBe('broken')
})

test('every enumeration of an event that somebody consumes says what is read in place of an unknown value', () => {
  for (const [type, contract] of Object.entries(events)) {
    if (!('deadLetterTopic' in contract.topic)) continue
    const fields = Object.entries(contract.schema.shape.payload.shape as Record<string, z.ZodType>)
    const enumerations = fields.flatMap(([field, schema]) => (schema instanceof z.ZodEnum ? [field] : []))
    const unknownValues: Record<string, string> = 'unknownValues' in contract ? contract.unknownValues : {}
    expect(Object.keys(unknownValues), type).toEqual(enumerations)
  }
})
