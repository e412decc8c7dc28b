import { type App, problem } from '@ticket-queue/service-kit'
import { errors } from '../errors.ts'

/** Refuses steps that need a queue token when none is shown (GW-005); whether it is a good one is for the service to say. */
export function guardQueueToken(app: App): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.access?.queueToken !== false) {
      const token = request.headers['x-queue-token']
      if (typeof token !== 'string' || token.trim() === '') throw problem(errors, 'QUEUE_TOKEN_MISSING')
    }
    done()
  })
}
