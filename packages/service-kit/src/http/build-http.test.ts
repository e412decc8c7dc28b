import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMetrics } from '../metrics.ts'
import { rememberingLog } from '../test-log.ts'
import { buildHttp } from './build-http.ts'
import { commonResponses } from './common-responses.ts'
import { defineErrors, problem } from './errors.ts'

const errors = defineErrors({
  SEAT_TAKEN: { status: 409, title: 'Seat already taken' },
  HALL_FULL: { status: 503, title: 'No room at this moment' },
})
const { log, text, clear } = rememberingLog('kit-test')
const metrics = createMetrics('kit-test')
const app = buildHttp({
  service: 'kit-test',
  log,
  metrics,
  errors,
  bodyLimitBytes: 2000,
})

app.post(
  '/seats/:id',
  {
    schema: {
      params: z.object({ id: z.uuid() }),
      body: z.object({ seatIds: z.array(z.uuid()), wanted: z.string().optional() }),
      response: { ...commonResponses, 200: z.object({ count: z.int() }) },
    },
  },
  async ({ body }) => {
    if (body.wanted === 'refusal')
      throw problem(errors, 'SEAT_TAKEN', { detail: 'Somebody was faster.', seatIds: ['a'] })
    if (body.wanted === 'full') throw problem(errors, 'HALL_FULL')
    if (body.wanted === 'other shape') return { count: 'secret-value' as unknown as number }
    if (body.wanted === 'crash') throw new Error('password=hunter2 at db.internal:5432')
    if (body.wanted === 'no store') throw Object.assign(new Error('connect 10.1.2.3:6379'), { code: 'ECONNREFUSED' })
    if (body.wanted?.startsWith('sqlstate ')) throw Object.assign(new Error('detail'), { code: body.wanted.slice(9) })
    if (body.wanted?.startsWith('redis ')) throw new Error(body.wanted.slice(6))
    return { count: body.seatIds.length, extra: 'not in the schema' }
  },
)

beforeAll(async () => void (await app.ready()))
afterAll(() => app.close())

const id = '01970000-0000-7000-8000-000000000001'
const post = (payload: string | object, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: `/seats/${id}?token=qr_secret`,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  })

describe('answers', () => {
  it('holds only what the schema of the answer names', async () => {
    const answer = await post({ seatIds: [id] })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ count: 1 })
  })

  it('a refusal of the table becomes problem details with its members and the request ID as traceId', async () => {
    const answer = await post({ seatIds: [], wanted: 'refusal' }, { 'x-request-id': 'caller-request-1' })
    expect(answer.statusCode).toBe(409)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.headers['x-request-id']).toBe('caller-request-1')
    expect(answer.headers['x-trace-id']).toBe('caller-request-1')
    expect(answer.json()).toMatchObject({
      type: 'urn:ticket-queue:problem:seat-taken',
      title: 'Seat already taken',
      status: 409,
      detail: 'Somebody was faster.',
      instance: `/seats/${id}`,
      code: 'SEAT_TAKEN',
      traceId: 'caller-request-1',
      seatIds: ['a'],
    })
  })

  it('an answer of another shape than promised is a 500 that shows nothing of it', async () => {
    const answer = await post({ seatIds: [], wanted: 'other shape' })
    expect(answer.statusCode).toBe(500)
    expect(answer.json().code).toBe('INTERNAL_ERROR')
    expect(answer.body).not.toContain('secret-value')
  })

  it('an unforeseen error shows neither its message nor a host', async () => {
    const answer = await post({ seatIds: [], wanted: 'crash' })
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toMatch(/hunter2|db\.internal|stack/)
  })

  it('a refusal with a 5xx is logged as a warning without a stack, an unforeseen error as an error with it', async () => {
    clear()
    expect((await post({ seatIds: [], wanted: 'full' })).statusCode).toBe(503)
    expect(text()).toContain('"code":"HALL_FULL"')
    expect(text()).not.toMatch(/stack|request failed/)
    clear()
    await post({ seatIds: [], wanted: 'crash' })
    expect(text()).toMatch(/"stack".*request failed/)
  })

  it('a store that cannot be reached is a 503 to try again, without its address', async () => {
    const answer = await post({ seatIds: [], wanted: 'no store' })
    expect(answer.statusCode).toBe(503)
    expect(answer.json().code).toBe('SERVICE_UNAVAILABLE')
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.body).not.toContain('10.1.2.3')
  })

  it.each([
    'sqlstate 40P01',
    'sqlstate 55P03',
    'sqlstate 57014',
    'redis LOADING Redis is loading the dataset in memory',
    "redis READONLY You can't write against a read only replica.",
    'redis NOREPLICAS Not enough good replicas to write.',
    'redis BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    'redis TRYAGAIN Multiple keys request during rehashing of slot',
    "redis OOM command not allowed when used memory > 'maxmemory'.",
  ])('a store that cannot serve for the moment (%s) is a 503 to try again', async (wanted) => {
    const answer = await post({ seatIds: [], wanted })
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
  })
})

describe('input', () => {
  it('every problem of a body is listed with its path', async () => {
    const answer = await post({ seatIds: [id, 'x', 3] })
    expect(answer.statusCode).toBe(400)
    const body = answer.json()
    expect(body.code).toBe('VALIDATION_FAILED')
    expect(body.errors.map((one: { path: string; code: string }) => [one.path, one.code])).toEqual([
      ['seatIds.1', 'INVALID_FORMAT'],
      ['seatIds.2', 'INVALID_TYPE'],
    ])
  })

  it.each([
    ['half a body', '{"seatIds":'],
    ['an empty body', ''],
    ['__proto__', '{"seatIds":[],"__proto__":{"role":"ADMIN"}}'],
    ['constructor.prototype', '{"seatIds":[],"constructor":{"prototype":{"role":"ADMIN"}}}'],
  ])('%s is MALFORMED_JSON', async (_what, payload) => {
    const answer = await post(payload)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().code).toBe('MALFORMED_JSON')
  })

  it('a body over the limit is 413', async () => {
    const answer = await post({ seatIds: Array.from({ length: 200 }, () => id) })
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  it('deep nesting is stopped by the body limit', async () => {
    const answer = await post('['.repeat(100_000))
    expect(answer.statusCode).toBe(413)
  })

  it('a body of another type is 415', async () => {
    const answer = await post('seatIds=1', { 'content-type': 'application/x-www-form-urlencoded' })
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
  })

  it('an unknown path is 404 and a known one under another method is 405 with Allow', async () => {
    const unknown = await app.inject({ url: '/nowhere' })
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'NOT_FOUND'])
    const other = await app.inject({ method: 'DELETE', url: `/seats/${id}` })
    expect([other.statusCode, other.json().code]).toEqual([405, 'METHOD_NOT_ALLOWED'])
    expect(other.headers['allow']).toBe('POST')
  })

  it.each(['/%', '/seats/%ff%fe'])(
    'a path that cannot be decoded (%s) is a problem answer with a request ID',
    async (url) => {
      const answer = await app.inject({ method: 'POST', url })
      expect(answer.statusCode).toBe(400)
      expect(answer.json().code).toBe('BAD_REQUEST')
      expect(answer.json().traceId).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

describe('request IDs', () => {
  it.each(['short', 'x'.repeat(65), 'has space in it', 'new\\nline-injection', '<script>alert</script>'])(
    'one that is not safe (%s) is replaced by a UUID v7',
    async (offered) => {
      const answer = await post({ seatIds: [] }, { 'x-request-id': offered })
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
      expect(answer.headers['x-trace-id']).toBe(answer.headers['x-request-id'])
    },
  )
})

describe('what is written down', () => {
  it('one line per request by route, with neither query nor credentials', async () => {
    clear()
    await post({ seatIds: [] }, { authorization: 'Bearer abc', 'x-request-id': 'line-request-1' })
    const requests = text()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'request')
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      requestId: 'line-request-1',
      method: 'POST',
      path: `/seats/${id}`,
      route: '/seats/:id',
      status: 200,
    })
    expect(text()).not.toMatch(/qr_secret|Bearer abc/)
  })

  it('requests are measured by route pattern, method and status', async () => {
    await post({ seatIds: [] })
    const figures = await metrics.metrics()
    expect(figures).toMatch(
      /http_request_duration_seconds_count\{service="kit-test",route="\/seats\/:id",method="POST",status="200"\} \d+/,
    )
  })

  it('the OpenAPI document names the route, its refusals as problem details, and the codes', async () => {
    const document = (await app.inject({ url: '/openapi.json' })).json()
    expect(document.openapi).toBe('3.1.0')
    const operation = document.paths['/seats/{id}'].post
    expect(Object.keys(operation.responses['409'].content)).toEqual(['application/problem+json'])
    expect(operation.responses['409'].content['application/problem+json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    })
    expect(Object.keys(operation.responses['200'].content)).toEqual(['application/json'])
    expect(document.info.description).toContain('SEAT_TAKEN')
  })
})
