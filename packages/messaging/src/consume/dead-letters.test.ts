import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { PermanentError } from '../errors.ts'
import { testBroker } from '../test-broker.ts'
import { effect, effectsOf, testEffects } from '../test-effects.ts'
import { type EventOf, paymentFailed } from '../test-events.ts'
import type { Outcome, Placed } from './placed.ts'
import type { ConsumerHooks } from './process-message.ts'

const { database } = await testEffects()
const { db } = database
/** One partition each: what has another key is behind a poisoned message all the same. */
const broker = await testBroker(Object.values(topics).map((topic) => ({ ...topic, partitions: 1 })))
const patience = { timeoutMs: 15_000 }
// It copies letters to their topics.
broker.messaging.startRelay({ db, service: 'payment' })

const lettersOf = (group: string) =>
  db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()

/** Starts a group whose handler counts tries and fails as told. */
async function startGroup(fail: (event: EventOf<'PaymentFailed'>) => void, hooks: ConsumerHooks = {}) {
  const group = randomUUID()
  const tries: string[] = []
  const PaymentFailed = async (trx: Parameters<typeof effect>[0], event: EventOf<'PaymentFailed'>) => {
    tries.push(event.eventId)
    await effect(trx, event)
    fail(event)
  }
  await broker.join().consume({ group, db, hooks, topics: [topics.payment], handlers: { PaymentFailed } })
  return { group, triesOf: (event: { eventId: string }) => tries.filter((id) => id === event.eventId).length }
}

test.each([
  ['is not JSON', '{"eventId": ', 'not JSON'],
  ['has no value', null, 'no value'],
  ['is not text', '\u0000\uD800 zero and half a character', 'not JSON'],
  ['has no envelope', '{"some": "thing"}', 'envelope'],
  ['breaks its contract', JSON.stringify({ ...paymentFailed(), payload: { amount: -1 } }), 'contract'],
  ['has a major version unknown here', JSON.stringify({ ...paymentFailed(), version: 2 }), 'version'],
])(
  'a message that %s goes straight to the dead letters, and the one behind it is applied',
  async (_, value, reason) => {
    const dead = await broker.watch('dlq.payment')
    const [next, key] = [paymentFailed(), randomUUID()]
    await broker.put('payment.events', value, key, { origin: 'elsewhere' })
    await broker.put('payment.events', JSON.stringify(next), randomUUID())
    const { group } = await startGroup(() => undefined)

    await waitUntil(async () => (await effectsOf(db, next)) >= 1, patience)
    const bytes = value === null ? null : Buffer.from(value)
    const letter = (await lettersOf(group)).find((one) => one.key === key)
    expect(letter?.value).toEqual(bytes)
    expect(letter).toMatchObject({ topic: 'payment.events', status: 'OPEN', headers: { origin: 'elsewhere' } })
    expect(letter?.error).toContain(reason)
    const sent = await waitUntil(
      () =>
        dead.find(
          ({ headers = {} }) =>
            String(headers['dlq-consumer-group']) === group && String(headers['dlq-offset']) === String(letter?.offset),
        ) ?? null,
      patience,
    )
    expect(sent.value).toEqual(bytes)
    expect(String(sent.key)).toBe(key)
    expect(
      Object.fromEntries(Object.entries(sent.headers ?? {}).map(([name, text]) => [name, String(text)])),
    ).toMatchObject({
      origin: 'elsewhere',
      'dlq-topic': 'payment.events',
      'dlq-partition': String(letter?.partition),
      'dlq-error': letter?.error,
    })
  },
)

test('a PermanentError is tried once, leaves no effect and no inbox row, and events of other keys go on', async () => {
  const [wrong, next] = [paymentFailed(), paymentFailed()]
  const { group, triesOf } = await startGroup((event) => {
    if (event.eventId === wrong.eventId) throw new PermanentError('no such reservation')
  })
  await broker.put('payment.events', JSON.stringify(wrong), wrong.payload.reservationId)
  await broker.put('payment.events', JSON.stringify(next), next.payload.reservationId)

  await waitUntil(async () => (await effectsOf(db, next)) === 1, patience)
  expect(triesOf(wrong)).toBe(1)
  expect(await effectsOf(db, wrong)).toBe(0)
  const inbox = await db.selectFrom('processed_events').selectAll().where('event_id', '=', wrong.eventId).execute()
  expect(inbox).toEqual([])
  const letters = await lettersOf(group)
  expect(letters.filter((letter) => letter.error === 'PermanentError: no such reservation')).toHaveLength(1)
})

test('an error of the handler is tried three times, then the event goes to the dead letters', async () => {
  const [wrong, next] = [paymentFailed(), paymentFailed()]
  const { group, triesOf } = await startGroup((event) => {
    if (event.eventId === wrong.eventId) throw new Error('a bug')
  })
  await broker.put('payment.events', JSON.stringify(wrong), wrong.payload.reservationId)
  await broker.put('payment.events', JSON.stringify(next), next.payload.reservationId)

  await waitUntil(async () => (await effectsOf(db, next)) === 1, patience)
  expect(triesOf(wrong)).toBe(3)
  expect(await effectsOf(db, wrong)).toBe(0)
  const letter = (await lettersOf(group)).find((one) => one.error === 'Error: a bug')
  expect(JSON.parse(String(letter?.value))).toEqual(wrong)
})

test('a crash after a dead letter and before its offset writes its row once', async () => {
  const wrong = paymentFailed()
  let crashes = 0
  const afterEffect = async (_outcome: Outcome, { message }: Placed) => {
    if (!String(message.value).includes(wrong.eventId) || crashes > 0) return
    crashes += 1
    throw new Error('crash between dead letter and offset')
  }
  const { group, triesOf } = await startGroup(
    (event) => {
      if (event.eventId === wrong.eventId) throw new PermanentError('never')
    },
    { afterEffect },
  )
  await broker.put('payment.events', JSON.stringify(wrong), wrong.payload.reservationId)
  await waitUntil(() => triesOf(wrong) >= 2, patience)
  const next = paymentFailed()
  await broker.put('payment.events', JSON.stringify(next), next.payload.reservationId)
  await waitUntil(async () => (await effectsOf(db, next)) === 1, patience)
  expect((await lettersOf(group)).filter((letter) => letter.error === 'PermanentError: never')).toHaveLength(1)
})
