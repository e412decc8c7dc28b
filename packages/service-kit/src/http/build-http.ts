import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController, type RawServerDefault } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { answerClientError } from './client-errors.ts'
import type { ErrorTable } from './errors.ts'
import { renderError } from './render-errors.ts'
import { requestIdOf } from './request-id.ts'
import { requestLog } from './request-log.ts'
import { serveOpenapi } from './serve-openapi.ts'
import { shedLoad } from './shed-load.ts'
import { answerUnknownRoutes } from './unknown-routes.ts'
import { watchRequests } from './watch-requests.ts'

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse<IncomingMessage>,
  FastifyBaseLogger,
  ZodTypeProvider
>

/**
 * Gives the HTTP server of a service, not listening: zod validates input and answers, refusals are problem details,
 * X-Request-Id and X-Trace-Id come back on each answer, each request is logged and measured, /openapi.json describes it.
 * `trustedHops` is the number of proxies in front whose X-Forwarded-For counts (a service behind the gateway: 1).
 * `rewriteUrl` sees the raw URL before routing. `openapi: false` leaves the path of the document to the caller.
 */
export function buildHttp(options: {
  service: string
  log: Log
  metrics: Metrics
  errors?: ErrorTable
  bodyLimitBytes?: number
  trustedHops?: number
  rewriteUrl?: (request: IncomingMessage) => string
  openapi?: boolean
}): App {
  const trustedHops = options.trustedHops ?? 1
  const app: App = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    childLoggerFactory: requestLog,
    genReqId: requestIdOf,
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // While the service drains, requests on kept-alive connections are still answered, each with connection: close.
    return503OnClosing: false,
    bodyLimit: options.bodyLimitBytes ?? 1_048_576,
    trustProxy: (_address: string, hop: number) => hop < trustedHops,
    connectionTimeout: 90_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 65_000,
    http: { maxHeaderSize: 16_384, headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    ...(options.rewriteUrl === undefined ? {} : { rewriteUrl: options.rewriteUrl }),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void renderError(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.decorateRequest('identity', null)
  app.decorateRequest('caller', null)
  // The one hook that is a promise: no answer begins before all bytes that came with the request have been read and found honest.
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('x-trace-id', request.id)
  })
  endConnectionsWhenClosing(app)
  watchRequests(app, options.metrics)
  app.setErrorHandler(renderError)
  answerUnknownRoutes(app)
  shedLoad(app)
  if (options.openapi !== false) serveOpenapi(app, options.service, options.errors ?? {})
  return app
}

/** Kept-alive connections would otherwise outlive the last answer by the keep-alive time and hold up the stop. */
function endConnectionsWhenClosing(app: App): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close')
    done()
  })
}
