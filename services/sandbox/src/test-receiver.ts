import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitUntil } from '@ticket-queue/testing'
import { onTestFinished } from 'vitest'

export interface Delivery {
  readonly path: string
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
  readonly event: { type: string; timestamp: string; data: Record<string, string> }
}

export interface Receiver {
  readonly url: string
  readonly deliveries: readonly Delivery[]
  /** Statuses of the next answers; 200 when they are used up. */
  answerWith(...statuses: number[]): void
  /** Resolves with all deliveries once there are at least `count`. */
  received(count: number): Promise<readonly Delivery[]>
}

/** A merchant's webhook endpoint that keeps what it gets. */
export async function startReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = []
  const statuses: number[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    deliveries.push({ path: request.url ?? '', headers: request.headers, body, event: JSON.parse(body) })
    response.writeHead(statuses.shift() ?? 200).end('noted')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/payments/webhook`,
    deliveries,
    answerWith: (...next) => void statuses.push(...next),
    received: (count) => waitUntil(() => deliveries.length >= count && deliveries),
  }
}
