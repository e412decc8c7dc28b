import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { type CallService, callService, ServiceCallError } from './call-service.ts'
import { buildHttp } from './http/build-http.ts'
import { defineErrors, problem } from './http/errors.ts'
import { type Listening, listen } from './http/listen.ts'
import { requireServiceKey } from './identity/service-keys.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'

const key = '7d444840-9dc0-41d1-b245-5ffdce74fad2'
const errors = defineErrors({ HOLD_EXPIRED: { status: 409, title: 'Hold expired' } })
const never = Promise.withResolvers<void>()
const app = buildHttp({ service: 'callee', log: createLog('callee', 'silent'), metrics: createMetrics('callee') })
requireServiceKey(app, { payment: [key] })
app.get('/internal/one', async (request) => ({ id: request.id, caller: request.caller }))
app.post('/internal/echo', async (request) => request.body)
app.delete('/internal/one', async (_request, reply) => reply.code(204).send())
app.get('/internal/refused', async () => {
  throw problem(errors, 'HOLD_EXPIRED')
})
app.get('/internal/slow', () => never.promise)

let server: Listening
let client: CallService
beforeAll(async () => {
  server = await listen(app, { host: '127.0.0.1', port: 0 })
  client = callService({ baseUrl: server.address, apiKey: key, caller: 'payment', timeoutMs: 400 })
})
afterAll(async () => {
  never.resolve()
  await client.close()
  await server.close()
})

const failure = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ServiceCallError)
  return error as ServiceCallError
}

it('presents its key and passes the request ID on', async () => {
  const answer = await client.get('/internal/one', z.object({ id: z.string(), caller: z.string() }), {
    requestId: 'passed-on-1',
  })
  expect(answer).toEqual({ id: 'passed-on-1', caller: 'payment' })
})

it('sends bodies as JSON and takes an answer without content', async () => {
  expect(await client.post('/internal/echo', z.object({ a: z.int() }), { body: { a: 1 } })).toEqual({ a: 1 })
  expect(await client.delete('/internal/one', z.undefined())).toBeUndefined()
})

it('a refusal keeps status and code, and is not unreachable', async () => {
  const error = await failure(client.get('/internal/refused', z.unknown()))
  expect([error.status, error.code, error.unreachable]).toEqual([409, 'HOLD_EXPIRED', false])
})

it('an answer of another shape is an error, not data', async () => {
  const error = await failure(client.get('/internal/one', z.object({ price: z.number() })))
  expect([error.status, error.unreachable]).toEqual([200, false])
})

it('no answer in time, a broken connection and a closed port are all unreachable: the outcome is unknown', async () => {
  expect((await failure(client.get('/internal/slow', z.unknown()))).unreachable).toBe(true)

  const rude = createServer((socket) => void socket.once('data', () => socket.destroy()))
  rude.listen(0, '127.0.0.1')
  await once(rude, 'listening')
  const { port } = rude.address() as AddressInfo
  const toRude = callService({ baseUrl: `http://127.0.0.1:${port}`, apiKey: key, caller: 'payment', timeoutMs: 400 })
  expect((await failure(toRude.post('/internal/x', z.unknown(), { body: {} }))).unreachable).toBe(true)
  rude.close()
  await once(rude, 'close')
  expect((await failure(toRude.get('/internal/x', z.unknown()))).unreachable).toBe(true)
  await toRude.close()
})
