import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { App } from './build-http.ts'

export type Listening = {
  /** `http://host:port` as it is reached from this machine. */
  address: string
  port: number
  close(): Promise<void>
}

// Shorter than the ten seconds a service has to stop, so that an endless stream leaves time to close the stores.
const drainMs = 7000

/**
 * Starts to answer. `close` takes no new connection, ends the quiet ones, lets requests under way finish, and after
 * seven seconds breaks off those that have not.
 */
export async function listen(app: App, where: { host: string; port: number }): Promise<Listening> {
  const endQuietConnections = trackConnections(app.server)
  await app.listen(where)
  const { port } = app.server.address() as AddressInfo
  const host = where.host === '0.0.0.0' || where.host === '::' ? '127.0.0.1' : where.host
  return {
    address: `http://${host}:${port}`,
    port,
    close: async () => {
      const closed = app.close()
      endQuietConnections()
      const breakOff = setTimeout(() => app.server.closeAllConnections(), drainMs)
      await closed.finally(() => clearTimeout(breakOff))
    },
  }
}

/**
 * Gives a function that ends every connection without a request under way, now or as soon as its answer is out.
 * Node's closeIdleConnections leaves those that have never sent a request, which would hold up the stop.
 */
function trackConnections(server: Server): () => void {
  const underWay = new Map<Socket, number>()
  let ending = false
  server.on('connection', (socket: Socket) => {
    underWay.set(socket, 0)
    socket.once('close', () => underWay.delete(socket))
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1
      if (underWay.has(socket)) underWay.set(socket, left)
      if (ending && left === 0) socket.end()
    })
  })
  return () => {
    ending = true
    for (const [socket, requests] of underWay) if (requests === 0) socket.destroy()
  }
}
