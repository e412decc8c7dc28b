import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from '../metrics.ts'
import type { ReadinessState } from './readiness.ts'

type SideServer = { close(): Promise<void>; port: number }

/**
 * Serves /livez, /readyz and /metrics on a port of their own, so that they stay reachable while the public port drains
 * and are never reachable through the gateway. Rejects when the port is taken.
 */
export async function startSideServer(options: {
  host: string
  port: number
  readiness: ReadinessState
  metrics: Metrics
}): Promise<SideServer> {
  const server = createServer((request, response) => void answer(request, response, options))
  server.requestTimeout = 5000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { readiness, metrics }: { readiness: ReadinessState; metrics: Metrics },
): Promise<void> {
  const path = request.url?.split('?')[0]
  try {
    if (path === '/livez') return send(response, 200, 'application/json', '{"status":"alive"}')
    if (path === '/metrics') return send(response, 200, metrics.contentType, await metrics.metrics())
    if (path === '/readyz') {
      const report = await readiness.report()
      return send(response, report.ready ? 200 : 503, 'application/json', JSON.stringify(report))
    }
    send(response, 404, 'application/json', '{"status":"not found"}')
  } catch {
    send(response, 500, 'application/json', '{"status":"failed"}')
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}
