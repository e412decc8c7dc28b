import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { buildHttp } from './build-http.ts'
import { type Listening, listen } from './listen.ts'

const app = buildHttp({ service: 'raw', log: createLog('raw', 'silent'), metrics: createMetrics('raw') })
app.post('/echo', async (request) => ({ body: request.body ?? null }))
app.get('/echo', async () => ({}))

let server: Listening
beforeAll(async () => {
  server = await listen(app, { host: '127.0.0.1', port: 0 })
})
afterAll(() => server.close())

/** Sends bytes as they are and gives everything that comes back until the server ends the connection. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.on('error', () => {})
  socket.end(bytes)
  await once(socket, 'close')
  return answer
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

describe('bytes that are not one honest request get 400 and the end of the connection', () => {
  it.each([
    ['two lengths', `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 36\r\n\r\n${smuggled}`],
    [
      'length and chunks',
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'an unknown transfer encoding',
      `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'chunked, then identity',
      `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['space before the colon', `GET /echo HTTP/1.1\r\nHost : a\r\n\r\n${smuggled}`],
    ['a bare line feed', `GET /echo HTTP/1.1\nHost: a\n\n${smuggled}`],
    ['a folded header', `GET /echo HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n${smuggled}`],
    [
      'an oversized chunk length',
      `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
    ],
    ['no HTTP at all', 'hello\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    const answer = await sendRaw(bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(answer).not.toContain('/smuggled')
  })
})

it('headers over 16 KB get 431 as problem details (GW-014)', async () => {
  const answer = await sendRaw(`GET /echo HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(answer).toContain('"code":"HEADERS_TOO_LARGE"')
})

it('a request without Host is refused', async () => {
  expect(await sendRaw('GET /echo HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
})

it('close ends kept-alive connections after the answer under way', async () => {
  const other = buildHttp({ service: 'drain', log: createLog('drain', 'silent'), metrics: createMetrics('drain') })
  const arrived = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  other.get('/slow', async () => {
    arrived.resolve()
    await gate.promise
    return { done: true }
  })
  const listening = await listen(other, { host: '127.0.0.1', port: 0 })
  const idle = connect(listening.port, '127.0.0.1')
  const idleEnded = once(idle, 'close')
  idle.resume()
  const slow = fetch(`${listening.address}/slow`)
  await arrived.promise
  const closed = listening.close()
  await expect(fetch(`${listening.address}/slow`)).rejects.toThrow()
  gate.resolve()
  expect(await (await slow).json()).toEqual({ done: true })
  await closed
  await idleEnded
})
