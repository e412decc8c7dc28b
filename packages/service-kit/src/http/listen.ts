import type { AddressInfo } from 'node:net'
import type { App } from './build-http.ts'

export type Listening = {
  /** `http://host:port` as it is reached from this machine. */
  address: string
  port: number
  close(): Promise<void>
}

/** Starts to answer. `close` takes no new connection, lets requests under way finish, then ends the kept-alive ones. */
export async function listen(app: App, where: { host: string; port: number }): Promise<Listening> {
  await app.listen(where)
  const { port } = app.server.address() as AddressInfo
  const host = where.host === '0.0.0.0' || where.host === '::' ? '127.0.0.1' : where.host
  return {
    address: `http://${host}:${port}`,
    port,
    close: async () => {
      const endIdle = setInterval(() => app.server.closeIdleConnections(), 50)
      try {
        await app.close()
      } finally {
        clearInterval(endIdle)
      }
    },
  }
}
