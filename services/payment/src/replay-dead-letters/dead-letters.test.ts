import { randomUUID } from 'node:crypto'
import { createDatabase } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import type { Letter } from '../domain/describe-dead-letter.ts'
import type { Database } from '../store/database.ts'
import { asUser, outcome, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService()
const { db } = service
const owner = createDatabase<Database>({ url: service.ownerUrl, poolMax: 2 })
afterAll(() => owner.close())

const path = '/payments/admin/dead-letters'
const operator = { userId: randomUUID() }
const asAdmin = { ...asUser(operator.userId), 'x-user-role': 'ADMIN' }
const ask = (method: 'GET' | 'POST' | 'DELETE', below = '', body?: object) =>
  service.ask(method, `${path}${below}`, asAdmin, body)

interface Filed {
  owner?: 'payment' | 'reservation'
  group?: string
  type?: string
  key?: string
  status?: 'OPEN' | 'PARKED'
  value?: Buffer
}
/** A message has one letter in a group. */
let lastOffset = 0
/** Puts a letter into the table as its service does. */
async function file(letter: Filed = {}): Promise<string> {
  const { group = randomUUID(), type = 'PaymentSuccess' } = letter
  lastOffset += 1
  const { rows } = await sql<{ id: string }>`
    insert into common.dead_letters
      (service, topic, partition, "offset", key, value, headers, event_type, error, consumer_group, status)
    values (${`${letter.owner ?? 'reservation'}_svc_user`}, 'payment.events', 1, ${lastOffset}, ${letter.key ?? randomUUID()},
      ${letter.value ?? Buffer.from('{"eventId":1}')}, '{"x-request-id":"request-9"}', ${type}, 'PermanentError: no', ${group},
      ${letter.status ?? 'OPEN'})
    returning id`.execute(owner.db)
  return String(rows[0]?.id)
}
const ordersOf = (letterId: string, as: Kysely<Database> = db) =>
  as.selectFrom('dead_letter_orders').selectAll().where('letter_id', '=', letterId).execute()

test('dead letters of every service are listed, newest first, by group, type and status, in pages', async () => {
  const group = randomUUID()
  const ids: string[] = []
  for (const type of ['PaymentSuccess', 'PaymentFailed', 'PaymentSuccess']) ids.unshift(await file({ group, type }))
  await file({ group, type: 'PaymentSuccess', status: 'PARKED' })
  const kind = `?consumerGroup=${group}&status=OPEN`
  const idsOf = async (query: string) => (await ask('GET', query)).json<{ list: Letter[] }>().list.map(({ id }) => id)
  expect(await idsOf(kind)).toEqual(ids)
  expect([await idsOf(`${kind}&size=2`), await idsOf(`${kind}&size=2&page=1`)]).toEqual([ids.slice(0, 2), ids.slice(2)])
  expect(await idsOf(`${kind}&eventType=PaymentSuccess`)).toEqual([ids[0], ids[2]])
  const page = (await ask('GET', `${kind}&size=1`)).json()
  expect(page).toMatchObject({ page: 0, size: 1, totalElements: 3 })
  expect(page.list[0]).toMatchObject({
    service: 'reservation',
    eventType: 'PaymentSuccess',
    status: 'OPEN',
    partition: 1,
  })
})

test.each(['?size=0', '?size=101', '?page=-1', '?status=ALL', '?consumerGroup=%00', '?eventType='])(
  '%s: 400',
  async (query) => expect(outcome(await ask('GET', query))).toBe('400 VALIDATION_FAILED'),
)

test('a letter is read whole, with what is parked behind it; what is no text comes in Base64', async () => {
  const [group, key] = [randomUUID(), randomUUID()]
  const bytes = Buffer.from([0, 255, 1])
  const id = await file({ group, key, value: bytes })
  await file({ group, key, status: 'PARKED' })
  expect((await ask('GET', `/${id}`)).json()).toMatchObject({
    id,
    key,
    parkedBehind: 1,
    value: bytes.toString('base64'),
    valueEncoding: 'base64',
    headers: { 'x-request-id': 'request-9' },
    orders: [],
  })
  expect((await ask('GET', `/${await file()}`)).json()).toMatchObject({ value: '{"eventId":1}', valueEncoding: 'utf8' })
  expect(outcome(await ask('GET', `/${randomUUID()}`))).toBe('404 DEAD_LETTER_NOT_FOUND')
})

test('a replay is ordered once however often it is asked for, and who and when is kept', async () => {
  const id = await file()
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask('POST', `/${id}/replay`)))
  expect(new Set(answers.map(outcome))).toEqual(new Set(['202']))
  expect(answers[0]?.json()).toMatchObject({ id, status: 'OPEN', pendingOrder: 'REPLAY' })
  expect(await ordersOf(id)).toMatchObject([
    { action: 'REPLAY', ordered_by: operator.userId, service: 'reservation_svc_user', outcome: null },
  ])
  const [order] = (await ask('GET', `/${id}`)).json().orders
  expect(order).toMatchObject({ action: 'REPLAY', orderedBy: operator.userId, outcome: null })
})

test('a letter is discarded with a reason, and a replay does not take the place of that until it is taken back', async () => {
  const id = await file()
  expect(outcome(await ask('POST', `/${id}/discard`, {}))).toBe('400 VALIDATION_FAILED')
  expect(outcome(await ask('POST', `/${id}/discard`, { reason: 'a stray test message' }))).toBe('202')
  const refused = await ask('POST', `/${id}/replay`)
  expect(outcome(refused)).toBe('409 DEAD_LETTER_ORDERED')
  expect(refused.json()).toMatchObject({ letterStatus: 'OPEN', pendingOrder: 'DISCARD' })
  expect(await ordersOf(id)).toMatchObject([{ action: 'DISCARD', reason: 'a stray test message', outcome: null }])

  expect((await ask('DELETE', `/${id}/order`)).json()).toMatchObject({ id, status: 'OPEN', pendingOrder: null })
  expect(outcome(await ask('DELETE', `/${id}/order`))).toBe('200')
  expect((await ask('POST', `/${id}/replay`)).json()).toMatchObject({ pendingOrder: 'REPLAY' })
  expect((await ask('GET', `/${id}`)).json().orders).toMatchObject([
    { action: 'REPLAY', outcome: null, cancelledBy: null },
    { action: 'DISCARD', outcome: 'CANCELLED', cancelledBy: operator.userId },
  ])
})

test('giving a letter up takes the place of a replay that has not been carried out, however many ask', async () => {
  const id = await file()
  await ask('POST', `/${id}/replay`)
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => ask('POST', `/${id}/discard`, { reason: 'it never ends' })),
  )
  expect(new Set(answers.map(outcome))).toEqual(new Set(['202']))
  for (const answer of answers) expect(answer.json()).toMatchObject({ pendingOrder: 'DISCARD' })
  expect((await ordersOf(id)).map(({ action, outcome: end }) => `${action} ${end}`).toSorted()).toEqual([
    'DISCARD null',
    'REPLAY CANCELLED',
  ])
})

test('what has been carried out cannot be taken back', async () => {
  const id = await file()
  await ask('POST', `/${id}/replay`)
  await sql`
    with closed as (update common.dead_letters set status = 'REPLAYED', replayed_at = now() where id = ${id})
    update common.dead_letter_orders set carried_out_at = now(), outcome = 'DONE' where letter_id = ${id}`.execute(
    owner.db,
  )
  expect(outcome(await ask('DELETE', `/${id}/order`))).toBe('409 DEAD_LETTER_CLOSED')
  expect(outcome(await ask('DELETE', `/${randomUUID()}/order`))).toBe('404 DEAD_LETTER_NOT_FOUND')
  expect(await ordersOf(id)).toMatchObject([{ action: 'REPLAY', outcome: 'DONE', cancelled_by: null }])
})

test('what is parked, closed or unknown cannot be ordered', async () => {
  const [parked, closed] = [await file({ status: 'PARKED' }), await file()]
  await sql`update common.dead_letters set status = 'REPLAYED', replayed_at = now() where id = ${closed}`.execute(
    owner.db,
  )
  for (const [id, code] of [
    [parked, '409 DEAD_LETTER_PARKED'],
    [closed, '409 DEAD_LETTER_CLOSED'],
    [randomUUID(), '404 DEAD_LETTER_NOT_FOUND'],
  ] as const) {
    expect(outcome(await ask('POST', `/${id}/replay`))).toBe(code)
    expect(await ordersOf(id)).toEqual([])
  }
})

test('all of a kind are ordered in batches, the oldest first, until none is left', async () => {
  const group = randomUUID()
  const ids: string[] = []
  for (let count = 0; count < 5; count += 1) ids.push(await file({ group }))
  const other = await file({ group, type: 'PaymentFailed' })
  await file({ group, status: 'PARKED' })
  const kind = { consumerGroup: group, eventType: 'PaymentSuccess' }
  expect((await ask('POST', '/replay', { ...kind, limit: 2 })).json()).toEqual({ ordered: 2, left: 3 })
  expect(await Promise.all(ids.map(async (id) => (await ordersOf(id)).length))).toEqual([1, 1, 0, 0, 0])
  expect((await ask('POST', '/replay', kind)).json()).toEqual({ ordered: 3, left: 0 })
  expect((await ask('POST', '/replay', kind)).json()).toEqual({ ordered: 0, left: 0 })
  expect(await ordersOf(other)).toEqual([])
  for (const wrong of [{}, { limit: 5 }, { ...kind, limit: 1001 }]) {
    expect(outcome(await ask('POST', '/replay', wrong))).toBe('400 VALIDATION_FAILED')
  }
})

test('nobody but an administrator sees or orders anything', async () => {
  const id = await file()
  for (const [headers, code] of [
    [asUser(operator.userId), '403 FORBIDDEN'],
    [{}, '401 UNAUTHENTICATED'],
  ] as const) {
    expect(outcome(await service.ask('GET', path, headers))).toBe(code)
    expect(outcome(await service.ask('GET', `${path}/${id}`, headers))).toBe(code)
    expect(outcome(await service.ask('POST', `${path}/${id}/replay`, headers))).toBe(code)
    expect(outcome(await service.ask('POST', `${path}/${id}/discard`, headers, { reason: 'x' }))).toBe(code)
    expect(outcome(await service.ask('DELETE', `${path}/${id}/order`, headers))).toBe(code)
    expect(outcome(await service.ask('POST', `${path}/replay`, headers, { topic: 'payment.events' }))).toBe(code)
  }
  expect(await ordersOf(id)).toEqual([])
})
