import { type App, problem } from '@ticket-queue/service-kit'
import { accessOf } from '../domain/access.ts'
import { pathOf } from '../domain/path-of.ts'
import { errors } from '../errors.ts'

/** Refuses steps that need a queue token when none is shown (GW-005); whether it is a good one is for the service to say. */
export function guardQueueToken(app: App): void {
  app.addHook('onRequest', async (request) => {
    if (!accessOf(request.method, pathOf(request.url)).queueToken) return
    const token = request.headers['x-queue-token']
    if (typeof token !== 'string' || token.trim() === '') throw problem(errors, 'QUEUE_TOKEN_MISSING')
  })
}
