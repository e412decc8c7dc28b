import { randomUUID } from 'node:crypto'
import { problemSchema } from '@ticket-queue/contracts/errors'
import { createDatabase } from '@ticket-queue/database'
import { logIn } from '@ticket-queue/scripts/call-api'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { testSystem } from '../system/test-system.ts'
import { type Operation, readOperations } from './openapi.ts'

const own = await testSystem()
const owner = createDatabase<unknown>({ url: own.ownerUrl, poolMax: 2, applicationName: 'attacks' })
afterAll(() => owner.close())
const token = await logIn(own.gatewayUrl, own.admin.email, own.admin.password)
const operations = await readOperations(own.gatewayUrl)
// The demo's schedules are told to the reservation service by events, perhaps after the system is ready.
await waitUntil(async () => {
  const { rows } = await sql<{ missing: number }>`
    SELECT count(*)::int AS missing FROM event_service.event_schedules
    WHERE id NOT IN (SELECT schedule_id FROM reservation_service.show_times)`.execute(owner.db)
  expect(rows[0]?.missing).toBe(0)
})

const unknownId = '01890000-0000-7000-8000-000000000000'
/** What a queue token looks like, so that the request gets past the guard to the thing under test. */
const shapedToken = `qr_${'A'.repeat(43)}`
const wrongValue = { unexpected: [null] }

interface Attempt {
  readonly path: string
  readonly body?: unknown
  readonly anonymous?: boolean
}

async function send(operation: Operation, { path, body, anonymous }: Attempt) {
  const answer = await fetch(`${own.gatewayUrl}${path}`, {
    method: operation.method,
    headers: {
      ...(anonymous ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'x-queue-token': shapedToken,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const told = `${operation.method} ${path} with ${JSON.stringify(body)} answered ${answer.status}: ${text.slice(0, 300)}`
  expect(answer.status, told).toBeGreaterThanOrEqual(400)
  expect(answer.status, told).toBeLessThan(500)
  expect(answer.headers.get('content-type'), told).toContain('application/problem+json')
  const problem = problemSchema.parse(JSON.parse(text))
  expect(problem.traceId).toBe(answer.headers.get('x-request-id'))
  return problem
}

/** What moves by itself as time passes, whatever anybody sends. */
const movesByItself = new Set([
  'event_service.events',
  'event_service.event_schedules',
  'reservation_service.show_times',
])

/** So many rows that a digest of each state would take most of the test: which transaction wrote last says as much. */
const largeTable = 'event_service.seats'

/** How many rows each table has and a digest of them; log-in attempts are written on purpose, days are compared by a clock. */
async function fingerprint(): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
    WHERE table_schema IN ('user_service', 'event_service', 'reservation_service', 'payment_service')
      AND table_type = 'BASE TABLE' AND table_name NOT IN ('login_history', 'login_attempts', 'comparisons')
    ORDER BY 1`.execute(owner.db)
  const counts = tables.map(async ({ name }) => {
    const row = movesByItself.has(name) ? sql.raw("to_jsonb(t) - '{status,version,updated_at}'::text[]") : sql.raw('t')
    const digest = sql`md5(coalesce(string_agg(md5((${row})::text), '' ORDER BY md5((${row})::text)), ''))`
    const { rows } = await sql<{ print: string }>`
      SELECT concat(count(*), ' ', ${name === largeTable ? sql`max(xmin::text::bigint)` : digest}) AS print
      FROM ${sql.raw(name)} t`.execute(owner.db)
    return [name, rows[0]?.print ?? ''] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

const emptyBody = (operation: Operation) => (operation.bodyProperties.length > 0 ? { body: {} } : {})
const fill = (operation: Operation, value: string) => operation.path.replaceAll(/\{[^}]+\}/g, value)
const named = operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const)
const withId = named.filter(([, operation]) => operation.path.includes('{'))
const withBody = named.filter(([, operation]) => operation.bodyProperties.length > 0)
const closed = named.filter(([, operation]) => !operation.isPublic)

describe('bad input gets a problem with a stable code, and changes nothing', () => {
  test('the document lists the routes of every service', () => {
    const paths = new Set(operations.map((operation) => operation.path.split('/')[1]))
    expect(paths).toEqual(new Set(['auth', 'users', 'events', 'venues', 'queue', 'reservations', 'payments']))
    expect(operations.length).toBeGreaterThan(30)
  })

  test.each(closed)('%s asks who is there', async (_name, operation) => {
    const before = await fingerprint()
    expect(
      (await send(operation, { path: fill(operation, unknownId), ...emptyBody(operation), anonymous: true })).code,
    ).toBe('UNAUTHENTICATED')
    expect(await fingerprint()).toEqual(before)
  })

  test.each(withId)('%s refuses an ID that is none', async (_name, operation) => {
    const before = await fingerprint()
    const attempt = { path: fill(operation, 'not-an-id'), ...emptyBody(operation) }
    expect((await send(operation, attempt)).code).toBe('VALIDATION_FAILED')
    expect(await fingerprint()).toEqual(before)
  })

  test.each(withId.filter(([, { bodyProperties }]) => bodyProperties.length === 0))(
    '%s refuses an unknown ID',
    async (_name, operation) => {
      const before = await fingerprint()
      const problem = await send(operation, { path: fill(operation, unknownId) })
      expect(problem.code).toMatch(/NOT_FOUND|QUEUE_TOKEN_EXPIRED/)
      expect(await fingerprint()).toEqual(before)
    },
  )

  test.each(withBody)('%s names each missing and each mistyped field', async (_name, operation) => {
    const before = await fingerprint()
    const path = fill(operation, unknownId)
    const required = operation.bodyProperties.filter((property) => property.required)
    if (required.length > 0) {
      const empty = await send(operation, { path, body: {} })
      const told = (empty.errors ?? []).map((error) => error.path)
      expect(empty.code).toBe('VALIDATION_FAILED')
      for (const property of required) expect(told).toContain(property.name)
    }
    for (const property of operation.bodyProperties) {
      const problem = await send(operation, { path, body: { [property.name]: wrongValue } })
      expect(problem.code).toBe('VALIDATION_FAILED')
      expect((problem.errors ?? []).some((error) => error.path.split('.')[0] === property.name)).toBe(true)
    }
    expect(await fingerprint()).toEqual(before)
  })

  test.each(withBody)('%s refuses a body that is no object', async (_name, operation) => {
    const before = await fingerprint()
    for (const body of [[], 'text', 7, null]) {
      expect((await send(operation, { path: fill(operation, unknownId), body })).code).toBe('VALIDATION_FAILED')
    }
    expect(await fingerprint()).toEqual(before)
  })

  test('an answer to an unknown path is a problem as well', async () => {
    const operation = { ...(operations[0] as Operation), method: 'GET' }
    expect((await send(operation, { path: `/events/x/${randomUUID()}/y` })).code).toBe('NOT_FOUND')
    expect((await send(operation, { path: '/internal/keys' })).code).toBe('NOT_FOUND')
  })
})
