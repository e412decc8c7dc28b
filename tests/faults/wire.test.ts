import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { waitUntil } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { openWire } from './wire.ts'

/** A server that answers each piece with what it got, and says what it has got. */
let got = ''
const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    got += String(bytes)
    socket.write(`done ${bytes}`)
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const wires: { close(): Promise<void> }[] = []
afterAll(async () => {
  for (const wire of wires) await wire.close()
  server.close()
})

/** A wire to the server with one connection on it, and what has come back on that. */
async function connected() {
  got = ''
  const wire = await openWire('http')
  wires.push(wire)
  const socket = connect(Number(new URL(wire.through(url)).port), '127.0.0.1')
  socket.on('error', () => {})
  let answers = ''
  socket.on('data', (bytes) => {
    answers += String(bytes)
  })
  const send = async (text: string) => {
    const before = got.length
    socket.write(text)
    await waitUntil(() => got.length >= before + text.length)
  }
  return { wire, socket, send, answers: () => answers }
}

test('without a failpoint everything passes', async () => {
  const { send, answers } = await connected()
  await send('INSERT seat')
  await waitUntil(() => expect(answers()).toBe('done INSERT seat'))
})

test('before: the strike falls, and the server never gets what was sent, also where it came in pieces', async () => {
  const { wire, socket, send } = await connected()
  let strikes = 0
  const reached = wire.strikeAt({ wire: 'http', moment: 'before', text: 'INSERT seat' }, () => {
    strikes += 1
  })
  await send('SELECT 1;')
  await send('INSERT')
  socket.write(' seat')
  await reached
  await once(socket, 'close')
  expect({ got, strikes }).toEqual({ got: 'SELECT 1;INSERT', strikes: 1 })
})

test('after: the server has done it, the strike falls, and its answer never comes back', async () => {
  const { wire, socket, answers } = await connected()
  const reached = wire.strikeAt({ wire: 'http', moment: 'after', text: 'INSERT seat' }, () => {})
  socket.write('INSERT seat')
  await reached
  await once(socket, 'close')
  expect({ got, answers: answers() }).toEqual({ got: 'INSERT seat', answers: '' })
})

test('a failpoint strikes once: the next connection passes', async () => {
  const { wire, socket } = await connected()
  const reached = wire.strikeAt({ wire: 'http', moment: 'before', text: 'INSERT' }, () => {})
  socket.write('INSERT seat')
  await reached
  const again = connect(Number(new URL(wire.through(url)).port), '127.0.0.1')
  again.write('INSERT again')
  const [answer] = await once(again, 'data')
  expect(String(answer)).toBe('done INSERT again')
  again.destroy()
})

test('followedBy: what comes later on the same connection, and on no other', async () => {
  const { wire, socket, send } = await connected()
  const point = { wire: 'http', moment: 'before', text: 'INSERT seat', followedBy: 'COMMIT' } as const
  const reached = wire.strikeAt(point, () => {})
  await send('COMMIT;')
  await send('INSERT seat;')
  const other = connect(Number(new URL(wire.through(url)).port), '127.0.0.1')
  other.write('COMMIT of another;')
  await once(other, 'data')
  socket.write('COMMIT')
  await reached
  await once(socket, 'close')
  expect(got).toBe('COMMIT;INSERT seat;COMMIT of another;')
  other.destroy()
})

test('answered: an answer without it passes, the one with it never comes back', async () => {
  const { wire, socket, send, answers } = await connected()
  const reached = wire.strikeAt({ wire: 'http', moment: 'after', text: 'SELECT', answered: 'a row' }, () => {})
  await send('SELECT nothing')
  await waitUntil(() => expect(answers()).toBe('done SELECT nothing'))
  socket.write('SELECT a row')
  await reached
  await once(socket, 'close')
  expect(answers()).toBe('done SELECT nothing')
})

test('disarmed, everything passes again', async () => {
  const { wire, send, answers } = await connected()
  void wire.strikeAt({ wire: 'http', moment: 'before', text: 'INSERT' }, () => {})
  wire.disarm()
  await send('INSERT seat')
  await waitUntil(() => expect(answers()).toBe('done INSERT seat'))
})

/** A message of PostgreSQL's protocol: its type, its length, its strings. */
const message = (type: string, ...strings: string[]): string => {
  const body = strings.map((text) => `${text}\0`).join('')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(4 + Buffer.byteLength(body))
  return `${type}${length.toString('latin1')}${body}`
}

test('a prepared statement is seen each time it is run, although its text is sent once', async () => {
  got = ''
  const wire = await openWire('postgres')
  wires.push(wire)
  const socket = connect(Number(new URL(wire.through(url)).port), '127.0.0.1')
  socket.on('error', () => {}).resume()
  const send = async (text: string) => {
    const before = got.length
    socket.write(text, 'latin1')
    await waitUntil(() => got.length >= before + text.length)
  }
  await send(`${message('', 'user', 'a')}${message('P', 'often', 'INSERT seat')}${message('P', 'other', 'SELECT 1')}`)
  await send(message('B', '', 'often'))
  const reached = wire.strikeAt({ wire: 'http', moment: 'before', text: 'INSERT seat' }, () => {})
  await send(message('B', '', 'other'))
  const run = message('B', '', 'often')
  await send(run.slice(0, 3))
  socket.write(run.slice(3), 'latin1')
  await reached
  await once(socket, 'close')
  expect(got.endsWith(run.slice(0, 3))).toBe(true)
})
