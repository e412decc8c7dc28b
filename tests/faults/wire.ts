import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { followStatements } from './follow-statements.ts'

/** A named place between two steps, seen from outside: the bytes that pass a wire when a process gets there. */
export interface Failpoint {
  readonly wire: string
  /** `before`: the process has sent this, and the server never gets it. `after`: the server has done it, and its word never comes back. */
  readonly moment: 'before' | 'after'
  /** What is sent at this place and at no other. */
  readonly text: string
  /** With `before`: what is sent later by the same connection, such as the commit of the transaction that `text` belongs to. */
  readonly followedBy?: string
  /** With `after`: what the server's answer has in it; another answer to the same text is let through. */
  readonly answered?: string
}

/** The only way from a process to one server. It carries bytes, until one failpoint is reached. */
export interface Wire {
  /** The same URL, by way of this wire. */
  through(url: string): string
  /** Calls `strike` once, in the very turn in which a connection reaches the failpoint, and cuts that connection. Resolves then. */
  strikeAt(point: Failpoint, strike: () => void): Promise<void>
  /** Carries bytes only, until told to strike again. */
  disarm(): void
  close(): Promise<void>
}

interface Armed extends Failpoint {
  readonly strike: () => void
}

/** PostgreSQL's word that a connection is idle again: what was sent has been committed. */
const committed = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** Opens a wire on a free port of this machine. `speaks`: what the server behind it understands. */
export async function openWire(speaks: 'postgres' | 'redis' | 'http'): Promise<Wire> {
  let target = { host: '127.0.0.1', port: 0 }
  let armed: Armed | null = null
  const sockets = new Set<Socket>()
  const reach = (point: Armed, cut: () => void) => {
    armed = null
    point.strike()
    cut()
  }
  const server = createServer((client) => {
    const far = connect(target.port, target.host)
    const cut = () => {
      client.destroy()
      far.destroy()
    }
    for (const socket of [client, far]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    const seen = followConnection(speaks)
    client.on('data', (bytes) => {
      seen.follow(bytes)
      if (armed !== null && seen.sent(armed, bytes)) return reach(armed, cut)
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (armed !== null && seen.answered(armed, bytes)) return reach(armed, cut)
      client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    through(url) {
      const changed = new URL(url)
      target = { host: changed.hostname, port: Number(changed.port) }
      changed.hostname = '127.0.0.1'
      changed.port = String((server.address() as AddressInfo).port)
      return changed.href.replace(/\/$/, url.endsWith('/') ? '/' : '')
    },
    strikeAt: (point, strike) =>
      new Promise((resolve) => {
        armed = {
          ...point,
          strike: () => {
            strike()
            resolve()
          },
        }
      }),
    disarm() {
      armed = null
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Tells when one connection has come to a failpoint, from what is sent and from what is answered. */
function followConnection(speaks: 'postgres' | 'redis' | 'http') {
  const [isText, isFollower, isDone, isAnswer] = [findAcross(), findAcross(), findAcross(), findAcross()]
  /** The failpoint whose text has passed here, and whether the answer looked for has come. */
  let passed: Failpoint | null = null
  let hasAnswer = false
  const statements = speaks === 'postgres' ? followStatements() : null
  /** What the piece that is being sent runs by name alone. */
  let named = Buffer.alloc(0)
  return {
    /** To be told every piece before `sent`, also while no failpoint is armed. */
    follow(bytes: Buffer): void {
      if (statements) named = Buffer.from(statements(bytes))
    },
    sent(point: Failpoint, bytes: Buffer): boolean {
      const isSent = (find: ReturnType<typeof findAcross>, text: string) =>
        find(bytes, Buffer.from(text)) || named.includes(text)
      if (passed === point) return point.followedBy !== undefined && isSent(isFollower, point.followedBy)
      if (!isSent(isText, point.text)) return false
      if (point.moment === 'before' && point.followedBy === undefined) return true
      passed = point
      hasAnswer = point.answered === undefined
      return false
    },
    answered(point: Failpoint, bytes: Buffer): boolean {
      if (passed !== point || point.moment === 'before') return false
      if (point.answered !== undefined && isAnswer(bytes, Buffer.from(point.answered))) hasAnswer = true
      if (speaks === 'postgres' && !isDone(bytes, committed)) return false
      if (!hasAnswer) passed = null
      return hasAnswer
    },
  }
}

/** Tells whether a stream has come to what is looked for, also where it comes in pieces. */
function findAcross(): (bytes: Buffer, wanted: Buffer) => boolean {
  let rest = Buffer.alloc(0)
  return (bytes, wanted) => {
    const seen = Buffer.concat([rest, bytes])
    rest = Buffer.from(seen.subarray(Math.max(0, seen.length - wanted.length + 1)))
    return seen.includes(wanted)
  }
}
