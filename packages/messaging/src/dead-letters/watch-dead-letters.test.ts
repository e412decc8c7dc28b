import { createDatabase } from '@ticket-queue/database'
import { testDatabase, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { messagingMetrics } from '../metrics.ts'
import type { MessageTables } from '../test-events.ts'
import { alarmLetters, watchDeadLetters } from './watch-dead-letters.ts'

const { database } = await testDatabase<MessageTables>('event')
const { db } = database
const bury = (count: number) =>
  sql`insert into dead_letters (topic, error) select 'payment.events', 'a test' from generate_series(1, ${count}::int)`.execute(
    db,
  )
const replay = (count: number) =>
  sql`
    update dead_letters set status = 'REPLAYED', replayed_at = now()
    where id in (select id from dead_letters where status = 'OPEN' limit ${count}::int)`.execute(db)

test('ten open dead letters raise the alarm once, fewer end it, and ten more raise it again', async () => {
  const lines: { level: number; msg: string; open: number }[] = []
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const registry = new Registry()
  const metrics = messagingMetrics(registry)
  const watch = watchDeadLetters({ db, service: 'event', log, metrics, everyMs: 10 })
  onTestFinished(() => watch.close())
  const figure = async () => {
    const found = await registry.getSingleMetric('messaging_dead_letters_open')?.get()
    return found?.values.find(({ labels }) => labels['service'] === 'event')?.value
  }
  const alarms = () => lines.filter(({ level }) => level === 50)

  await bury(alarmLetters - 1)
  await waitUntil(async () => (await figure()) === alarmLetters - 1)
  expect(lines).toEqual([])

  await bury(1)
  await waitUntil(() => alarms().length > 0)
  await bury(2)
  await waitUntil(async () => (await figure()) === alarmLetters + 2)
  expect(alarms()).toMatchObject([{ open: alarmLetters, msg: 'dead letters wait for a person' }])

  await replay(5)
  await waitUntil(() => lines.some(({ msg }) => msg === 'few dead letters are left'))
  await bury(5)
  await waitUntil(() => alarms().length === 2)
})

test('what waits behind a dead letter is a figure of its own and no alarm', async () => {
  const { database: own } = await testDatabase<MessageTables>('reservation')
  await sql`
    insert into dead_letters (topic, error, status) select 'payment.events', 'a test', 'PARKED' from generate_series(1, 12)`.execute(
    own.db,
  )
  const registry = new Registry()
  const quiet = { log: pino({ level: 'silent' }), metrics: messagingMetrics(registry), everyMs: 10 }
  const watch = watchDeadLetters({ db: own.db, service: 'reservation', ...quiet })
  onTestFinished(() => watch.close())
  const figure = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value ?? null
  expect(await waitUntil(() => figure('messaging_letters_parked'))).toBe(12)
  expect(await figure('messaging_dead_letters_open')).toBe(0)
})

test('the letters of other services are not counted', async () => {
  const { database: own, ownerUrl } = await testDatabase<MessageTables>('payment')
  const owner = createDatabase<MessageTables>({ url: ownerUrl, poolMax: 1 })
  const put = (service: string) =>
    sql`insert into common.dead_letters (service, topic, error) values (${service}, 'payment.events', 'a test')`
  for (const service of ['payment_svc_user', 'event_svc_user', 'event_svc_user']) await put(service).execute(owner.db)
  await owner.close()
  const registry = new Registry()
  const quiet = { log: pino({ level: 'silent' }), metrics: messagingMetrics(registry), everyMs: 10 }
  const watch = watchDeadLetters({ db: own.db, service: 'payment', ...quiet })
  onTestFinished(() => watch.close())
  const figure = async () => (await registry.getSingleMetric('messaging_dead_letters_open')?.get())?.values[0]?.value
  expect(await waitUntil(async () => (await figure()) ?? null)).toBe(1)
})
