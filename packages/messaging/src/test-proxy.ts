import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'
import { onTestFinished } from 'vitest'

/** A TCP proxy before a server that can be told to fail. */
export interface Proxy {
  readonly port: number
  /** Opens kafkajs' connections through the proxy, whatever address the broker advertises. */
  readonly socketFactory: ISocketFactory
  /** `away` refuses connections and cuts the open ones; `lose-answers` lets requests through and cuts before the answer. */
  set(mode: 'pass' | 'away' | 'lose-answers'): void
  /** How many answers have been lost. */
  lost(): number
}

/** Gives a proxy to `target` (host:port) for one test. */
export async function testProxy(target: string): Promise<Proxy> {
  let mode: 'pass' | 'away' | 'lose-answers' = 'pass'
  let lost = 0
  const open = new Set<Socket>()
  const [host, port] = target.split(':')
  const server = createServer((client) => {
    const broker = connect(Number(port), host)
    const cut = () => {
      open.delete(client)
      client.destroy()
      broker.destroy()
    }
    open.add(client)
    for (const socket of [client, broker]) socket.on('error', cut).on('close', cut)
    if (mode === 'away') return cut()
    client.on('data', (bytes) => broker.write(bytes))
    broker.on('data', (bytes) => {
      if (mode === 'pass') client.write(bytes)
      else cutBeforeAnswer(cut)
    })
  })
  const cutBeforeAnswer = (cut: () => void) => {
    lost += 1
    cut()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxyPort = (server.address() as AddressInfo).port
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return {
    port: proxyPort,
    socketFactory: ({ onConnect }) => connect(proxyPort, '127.0.0.1', onConnect),
    lost: () => lost,
    set(next) {
      mode = next
      if (next === 'away') for (const socket of open) socket.destroy()
    },
  }
}
