import { randomUUID } from 'node:crypto'
import { createDatabase, inTransaction } from '@ticket-queue/database'
import { type ConsumeOptions, type OutgoingEvent, once } from '@ticket-queue/messaging'
import { callService, createLog, createMetrics } from '@ticket-queue/service-kit'
import { testDatabase, testRedis } from '@ticket-queue/testing'
import { type Kysely, type KyselyPlugin, sql } from 'kysely'
import { afterAll } from 'vitest'
import { buildApp, buildInternalApp } from './app.ts'
import { type CatalogueCache, createCatalogueCache } from './cache/catalogue-cache.ts'
import { createReservationBooks } from './consistency/reservation-books.ts'
import { paymentGroup, reservationGroup } from './mark-seats-sold/mark-seats-sold.consumer.ts'
import type { Database } from './store/database.ts'

export type Caller = 'admin' | 'user' | 'nobody'
type Answer = { status: number; body: ReturnType<typeof JSON.parse>; headers: Record<string, unknown>; text: string }
type Call = { as?: Caller; body?: unknown; headers?: Record<string, string> }

const gatewayKey = '6f0f1f0e-8f57-4d7f-9a39-0f6f4b7a1c01'
/** The key this service calls others with. */
export const eventKey = '6f0f1f0e-8f57-4d7f-9a39-0f6f4b7a1c02'
const adminId = '01890000-0000-7000-8000-0000000000ad'
const userId = '01890000-0000-7000-8000-00000000005e'
const log = createLog('event', 'silent')

/** The event service of one test file on a database and Redis keys of its own; `replica` is a second process on the same. */
export async function testEventService({ reservationsUrl = 'http://127.0.0.1:1' }: { reservationsUrl?: string } = {}) {
  const { database, ownerUrl } = await testDatabase<Database>('event')
  const redis = testRedis()
  const replica = ({ cache = createCatalogueCache({ redis, log }) }: { cache?: CatalogueCache } = {}) => {
    const counter = countQueries(database.db)
    const reservation = callService({ baseUrl: reservationsUrl, apiKey: eventKey, caller: 'event', timeoutMs: 2000 })
    const reservations = createReservationBooks(reservation)
    const deps = { db: counter.db, cache, relay: { wake() {} }, reservations, log }
    const http = { ...deps, metrics: createMetrics('event'), keys: { gateway: [gatewayKey], queue: [gatewayKey] } }
    const app = buildApp(http)
    const internal = buildInternalApp(http)
    afterAll(async () => {
      await app.close()
      await internal.close()
      await reservation.close()
    })
    return {
      ...deps,
      queries: counter.queries,
      call: (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, options: Call = {}) =>
        inject(app, method, url, options),
      internal: (url: string) => inject(internal, 'GET', url, {}),
      app,
      internalApp: internal,
      gatewayKey,
    }
  }
  const service = replica()
  /** Makes the last change of seats one of long ago: the trigger that writes its time is the owner's to switch off. */
  const backdateSeats = async (seatIds: string[], secondsAgo: number) => {
    const owner = createDatabase<Database>({ url: ownerUrl, poolMax: 1 })
    await owner.db.transaction().execute(async (trx) => {
      await sql`set local session_replication_role = replica`.execute(trx)
      await sql`
        update event_service.seats set updated_at = now() - make_interval(secs => ${secondsAgo})
        where id = any(${seatIds}::uuid[])`.execute(trx)
    })
    await owner.close()
  }
  return { ...service, database, ownerUrl, redis, replica, backdateSeats, ...delivery(service) }
}

export type EventService = Awaited<ReturnType<typeof testEventService>>

async function inject(
  app: ReturnType<typeof buildApp>,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  { as = 'nobody', body, headers = {} }: Call,
): Promise<Answer> {
  const identity = {
    admin: { 'x-user-id': adminId, 'x-user-role': 'ADMIN' },
    user: { 'x-user-id': userId, 'x-user-role': 'USER' },
    nobody: {},
  }[as]
  const answer = await app.inject({
    method,
    url,
    headers: { 'x-service-api-key': gatewayKey, ...identity, ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  })
  const text = answer.body
  return { status: answer.statusCode, body: text === '' ? null : JSON.parse(text), headers: answer.headers, text }
}

/** Lets a consumer group apply events the way messaging does: inbox rows and effect in one transaction. */
const delivery = (service: Parameters<typeof paymentGroup>[0]) => {
  const groups = { payment: paymentGroup(service), reservation: reservationGroup(service) }
  type Name = keyof typeof groups
  const deliver = (name: Name, event: { eventId: string; eventType: string; aggregateId: string }) => {
    const { group, handlers } = groups[name] as ConsumeOptions<Database>
    return inTransaction(service.db, async (trx) => {
      if (!(await once(trx, event, group))) return 'repeated'
      const handler = handlers[event.eventType as 'PaymentSuccess']
      await handler?.(trx, event as Parameters<typeof handler>[1], { requestId: randomUUID() })
      return 'applied'
    })
  }
  const deliverTogether = (name: Name, events: readonly OutgoingEvent[]) => {
    const { group, together } = groups[name]
    return inTransaction(service.db, async (trx) => {
      const fresh: OutgoingEvent[] = []
      for (const event of events) if (await once(trx, event, group)) fresh.push(event)
      await together?.apply(trx, fresh)
    })
  }
  return { deliver, deliverTogether }
}

function countQueries(db: Kysely<Database>) {
  const queries: string[] = []
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      queries.push(node.kind)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { db: db.withPlugin(plugin), queries }
}
