import { togetherAnswerSchema } from '@ticket-queue/contracts/http/requests-together'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { createMetrics } from '../metrics.ts'
import { rememberingLog } from '../test-log.ts'
import { answerTogether } from './answer-together.ts'
import { type App, buildHttp } from './build-http.ts'
import { problem } from './errors.ts'

const { log, text } = rememberingLog('together')
const slow = Promise.withResolvers<void>()
let app: App
let internal: App
let address: string
beforeAll(async () => {
  app = buildHttp({ service: 'shop', log, metrics: createMetrics('shop') })
  app.post(
    '/things',
    { schema: { body: z.object({ name: z.string() }), response: { 200: z.any() } } },
    async (request) => {
      const { name } = request.body
      if (name === 'slow') await slow.promise
      if (name === 'refused')
        throw problem({ NO: { status: 409, title: 'No' } }, 'NO', { headers: { 'retry-after': '7' } })
      return { name, ip: request.ip, id: request.id }
    },
  )
  internal = buildHttp({ service: 'shop-internal', log, metrics: createMetrics('shop-internal') })
  answerTogether(internal, app)
  address = await internal.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await internal.close()
  await app.close()
})

const ask = (requests: unknown[]) =>
  fetch(`${address}/internal/requests`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
  })
const thing = (name: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  url: '/things',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ name }),
})

async function* linesOf(answer: Response): AsyncGenerator<z.infer<typeof togetherAnswerSchema>> {
  let rest = ''
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield togetherAnswerSchema.parse(JSON.parse(line))
  }
}

it('each request is answered as if it had come alone: status, headers, body, checks and log line', async () => {
  const answer = await ask([
    thing('a', { 'x-request-id': 'request-of-a', 'x-forwarded-for': '203.0.113.7' }),
    thing('refused'),
    { ...thing('b'), body: '{"name":1}' },
    { method: 'GET', url: '/nothing', headers: {}, body: '' },
  ])
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
  const lines: z.infer<typeof togetherAnswerSchema>[] = []
  for await (const line of linesOf(answer)) lines.push(line)
  const told = lines.toSorted(([a], [b]) => a - b).map(([, one]) => ({ ...one, body: JSON.parse(one?.body ?? '{}') }))
  expect(told).toMatchObject([
    {
      status: 200,
      headers: { 'x-request-id': 'request-of-a', 'content-type': 'application/json; charset=utf-8' },
      body: { name: 'a', ip: '203.0.113.7', id: 'request-of-a' },
    },
    { status: 409, headers: { 'retry-after': '7' }, body: { code: 'NO', instance: '/things' } },
    { status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ path: 'name' }] } },
    { status: 404, body: { code: 'NOT_FOUND' } },
  ])
  expect(text()).toContain('"requestId":"request-of-a"')
})

it('the answers of one turn leave together, with their length', async () => {
  const answer = await ask([thing('a'), thing('b'), thing('c')])
  const text = await answer.text()
  expect(text.split('\n')).toHaveLength(4)
  expect(Number(answer.headers.get('content-length'))).toBe(Buffer.byteLength(text))
})

it('a slow one holds up no other', async () => {
  const lines = linesOf(await ask([thing('slow'), thing('quick')]))
  expect((await lines.next()).value).toMatchObject([1, { status: 200 }])
  slow.resolve()
  expect((await lines.next()).value).toMatchObject([0, { status: 200 }])
  expect((await lines.next()).done).toBe(true)
})

it.each([
  ['none', []],
  ['more than 16', Array.from({ length: 17 }, () => thing('a'))],
  ['one for another origin', [{ ...thing('a'), url: 'http://elsewhere.test/' }]],
  ['another method', [{ ...thing('a'), method: 'DELETE' }]],
])('%s is refused as a whole, and nothing is done', async (_what, requests) => {
  const answer = await ask(requests)
  expect([answer.status, Reflect.get(Object(await answer.json()), 'code')]).toEqual([400, 'VALIDATION_FAILED'])
})

it('a server that has closed takes no request, and says so of each', async () => {
  const closed = buildHttp({ service: 'closed', log, metrics: createMetrics('closed') })
  const door = buildHttp({ service: 'door', log, metrics: createMetrics('door') })
  answerTogether(door, closed)
  await closed.ready()
  await closed.close()
  const answer = await door.inject({ method: 'POST', url: '/internal/requests', payload: { requests: [thing('a')] } })
  expect(answer.body).toBe('[0,null]\n')
  await door.close()
})
