import { constants } from 'node:zlib'
import { fastifyCompress } from '@fastify/compress'
import { fastifyCors } from '@fastify/cors'
import { fastifyHelmet } from '@fastify/helmet'
import type { App } from '@ticket-queue/service-kit'
import { fastify } from 'fastify'

const exposedHeaders = [
  'ETag',
  'Retry-After',
  'X-Ask-Again-After-Ms',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-Request-Id',
  'X-Trace-Id',
]

/** Adds what browsers look at: CORS for the front end's origins (GW-004), security headers (GW-011), compression from 1 KB (GW-013). */
export async function secureAnswers(app: App, deps: { corsOrigins: readonly string[] }): Promise<void> {
  const security = await securityHeaders()
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(security)
    done()
  })
  await app.register(fastifyCors, {
    origin: [...deps.corsOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Accept-Language',
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'If-None-Match',
      'Last-Event-ID',
      'X-Queue-Ticket',
      'X-Queue-Token',
      'X-Request-Id',
    ],
    exposedHeaders: exposedHeaders.join(', '),
    maxAge: 600,
    strictPreflight: false,
  })
  await app.register(fastifyCompress, {
    threshold: 1024,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
    zlibOptions: { level: 4 },
    globalDecompression: false,
  })
}

/** What helmet says to each request, found out once: it is the same for all, and finding it out costs more than sending it. */
async function securityHeaders(): Promise<Record<string, string>> {
  const asked = fastify()
  await asked.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'same-site' },
    referrerPolicy: { policy: 'no-referrer' },
  })
  asked.get('/', async (_request, reply) => reply.raw.getHeaders())
  const headers = (await asked.inject('/')).json<Record<string, string>>()
  await asked.close()
  return headers
}
