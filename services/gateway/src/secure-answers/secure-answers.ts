import { constants } from 'node:zlib'
import { fastifyCompress } from '@fastify/compress'
import { fastifyCors } from '@fastify/cors'
import { fastifyHelmet } from '@fastify/helmet'
import type { App } from '@ticket-queue/service-kit'

/** Adds what browsers look at: CORS for the front end's origins (GW-004), security headers (GW-011), compression from 1 KB (GW-013). */
export async function secureAnswers(app: App, deps: { corsOrigins: readonly string[] }): Promise<void> {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'same-site' },
    referrerPolicy: { policy: 'no-referrer' },
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
    exposedHeaders: [
      'ETag',
      'Retry-After',
      'X-Ask-Again-After-Ms',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-Request-Id',
      'X-Trace-Id',
    ],
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
