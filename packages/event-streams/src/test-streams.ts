import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { waitUntil } from '@ticket-queue/testing'

/** For tests: one client of an HTTP server over a real connection, and the server's response to it, not begun. */
export interface Connected {
  readonly response: ServerResponse
  readonly client: Socket
  /** Everything the client has received. */
  received(): string
}

export interface TestServer {
  connect(): Promise<Connected>
  close(): Promise<void>
}

export async function startServer(): Promise<TestServer> {
  const responses: ServerResponse[] = []
  const clients: Socket[] = []
  const server = createServer((_request, response) => void responses.push(response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    connect: async () => {
      const client = connect(port, '127.0.0.1')
      clients.push(client)
      let text = ''
      client
        .on('error', () => {})
        .on('data', (chunk) => {
          text += chunk.toString()
        })
      const before = responses.length
      client.write('GET / HTTP/1.1\r\nhost: test\r\n\r\n')
      const response = await waitUntil(() => responses[before] ?? null)
      return { response, client, received: () => text }
    },
    close: async () => {
      // The server no longer knows the connections that have been taken from it.
      for (const client of clients) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
