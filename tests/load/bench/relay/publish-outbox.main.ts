import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createDatabase, type Database } from '@ticket-queue/database'
import { addToOutbox, createMessaging, newEvent } from '@ticket-queue/messaging'
import { createLog } from '@ticket-queue/service-kit'
import { sql } from 'kysely'
import { answerParent, inputOfParent } from '../program.ts'

export interface PublishOutboxInput {
  /** Of the role whose outbox it is. */
  readonly databaseUrl: string
  readonly kafkaBrokers: readonly string[]
  readonly rows: number
  /** How many different keys they have; rows of one key are published in order. */
  readonly keys: number
  readonly timeoutMs: number
}

export interface PublishOutboxResult {
  readonly published: number
  readonly seconds: number
  /** Of the process with the relay, while it published. */
  readonly cpuSeconds: number
}

const rowsAtOnce = 1_000
const everyMs = 250

const input = inputOfParent<PublishOutboxInput>()
const database = createDatabase<unknown>({ url: input.databaseUrl, poolMax: 4, applicationName: 'bench' })
const messaging = createMessaging({
  brokers: input.kafkaBrokers,
  clientId: 'bench',
  log: createLog('bench', 'silent'),
})
await messaging.createTopics()
await fillOutbox(database)
const cpuBefore = process.cpuUsage()
const relay = messaging.startRelay({ db: database.db, service: 'payment' })
const deadline = performance.now() + input.timeoutMs
while ((await isWaiting(database)) && performance.now() < deadline) await pause(everyMs)
const seen = await readPublished(database)
const { user, system } = process.cpuUsage(cpuBefore)
await relay.close()
await messaging.close()
await database.close()
const result: PublishOutboxResult = { ...seen, cpuSeconds: (user + system) / 1e6 }
answerParent(result)

/** Events as the payment service writes them, `rowsAtOnce` in a transaction. */
async function fillOutbox({ db }: Database<unknown>): Promise<void> {
  const keys = Array.from({ length: input.keys }, () => randomUUID())
  for (let written = 0; written < input.rows; written += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, input.rows - written)
    const events = Array.from({ length: count }, (_, index) =>
      paymentOf(keys[(written + index) % keys.length] as string),
    )
    await db.transaction().execute((trx) => addToOutbox(trx, events))
  }
}

function paymentOf(reservationId: string) {
  const payload = {
    paymentId: randomUUID(),
    reservationId,
    userId: randomUUID(),
    scheduleId: randomUUID(),
    amount: 165_000,
    seatIds: [randomUUID(), randomUUID()],
    paidAt: new Date().toISOString(),
  }
  return newEvent('PaymentSuccess', { aggregateId: payload.paymentId, payload, correlationId: randomUUID() })
}

async function isWaiting({ db }: Database<unknown>): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM common.outbox_events WHERE service = current_user AND NOT published LIMIT 1`.execute(db)
  return rows.length > 0
}

/** By the database's own clock: from the first mark to the last; what the first batch took comes before it and is not counted. */
async function readPublished({ db }: Database<unknown>): Promise<{ published: number; seconds: number }> {
  const { rows } = await sql<{ published: number; seconds: number }>`
    SELECT (count(*) FILTER (WHERE published))::int AS published,
      coalesce(extract(epoch FROM max(published_at) - min(published_at)), 0)::float8 AS seconds
    FROM common.outbox_events WHERE service = current_user`.execute(db)
  return rows[0] ?? { published: 0, seconds: 0 }
}
