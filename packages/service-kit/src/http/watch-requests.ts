import type { FastifyInstance } from 'fastify'
import { type Metrics, requestDuration } from '../metrics.ts'
import { pathOf } from './render-errors.ts'

/** Logs one line and counts one observation for each request, by route pattern; queries stay out of the log (GW-010). */
export function watchRequests(app: FastifyInstance, metrics: Metrics): void {
  const duration = requestDuration(metrics)
  // These fields hold no secret, and looking for one in each line would cost a tenth of what a busy service can do.
  const log = app.log.child({}, { redact: { paths: [] } })
  app.addHook('onResponse', (request, reply, done) => {
    const { id, method, routeOptions } = request
    const route = routeOptions.url ?? 'none'
    const status = reply.statusCode
    const durationMs = reply.elapsedTime
    duration.observe({ route, method, status }, durationMs / 1000)
    const line = {
      requestId: id,
      method,
      path: pathOf(request.originalUrl),
      route,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      ip: request.ip,
      userId: request.identity?.userId,
      caller: request.caller ?? undefined,
    }
    if (status >= 500) log.warn(line, 'request')
    else log.info(line, 'request')
    done()
  })
}
