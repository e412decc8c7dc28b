import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { takeSocket } from './take-socket.ts'

/** The connections that streams have taken from the HTTP server, which no longer ends them when it closes. */
export interface Sockets {
  /** The connection of a response that has not begun, now in our hands; null if the client has gone. */
  take(response: ServerResponse): Socket | null
  /** Waits a second for clients to take their last bytes and breaks off those that do not: they would hold up the stop. */
  breakOffLast(): Promise<void>
}

const lastBytesMs = 1_000

/** Gives the keeper of a process's streamed connections, with none. */
export function createSockets(): Sockets {
  const sockets = new Set<Socket>()
  function forget(this: Socket) {
    sockets.delete(this)
  }
  return {
    take: (response) => {
      const socket = takeSocket(response)
      if (socket === null) return null
      sockets.add(socket)
      return socket.on('close', forget)
    },
    breakOffLast: async () => {
      const until = performance.now() + lastBytesMs
      while (sockets.size > 0 && performance.now() < until) await pause(50)
      for (const socket of sockets) socket.destroy()
    },
  }
}
