import { type App, type CallService, callService, type Log } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { accessOf } from '../domain/access.ts'
import { forwardings, type UpstreamName, upstreamNames } from '../domain/upstreams.ts'
import { joinDocuments, type ServiceDocument } from './join-documents.ts'

const keepCompleteMs = 60_000
const keepPartialMs = 2000

/** Serves the services' OpenAPI documents as one at /openapi.json; each is asked at most once a minute. */
export function joinOpenapi(
  app: App,
  deps: { upstreams: Record<UpstreamName, string>; apiKey: string; log: Log },
): void {
  const clients = upstreamNames.map((service) => ({
    service,
    client: callService({
      baseUrl: deps.upstreams[service],
      apiKey: deps.apiKey,
      caller: 'gateway',
      timeoutMs: 3000,
      connections: 1,
    }),
  }))
  app.addHook('onClose', async () => void (await Promise.all(clients.map(({ client }) => client.close()))))

  const read = async () => {
    const parts = await Promise.all(clients.map(({ service, client }) => readDocument(service, client, deps.log)))
    const complete = parts.every(({ document }) => document !== null)
    const body = JSON.stringify(joinDocuments(parts, { isPublic, secure }))
    return { body, endsAtMs: performance.now() + (complete ? keepCompleteMs : keepPartialMs) }
  }

  let kept: { body: string; endsAtMs: number } | null = null
  let reading: Promise<{ body: string; endsAtMs: number }> | null = null
  app.get('/openapi.json', async (_request, reply) => {
    if (kept === null || performance.now() > kept.endsAtMs) {
      reading ??= read().finally(() => {
        reading = null
      })
      kept = await reading
    }
    return reply.type('application/json; charset=utf-8').send(kept.body)
  })
}

async function readDocument(service: string, client: CallService, log: Log): Promise<ServiceDocument> {
  try {
    return { service, document: await client.get('/openapi.json', z.unknown()) }
  } catch (error) {
    log.warn({ err: error, service }, 'no OpenAPI document')
    return { service, document: null }
  }
}

function isPublic(path: string): boolean {
  return forwardings.some(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
}

function secure(method: string, path: string): object {
  const access = accessOf(method, path.replaceAll(/\{[^}]+\}/g, 'x'))
  if (access.needs === 'nobody') return { security: [] }
  return { security: [{ accessToken: [], ...(access.queueToken ? { queueToken: [] } : {}) }] }
}
