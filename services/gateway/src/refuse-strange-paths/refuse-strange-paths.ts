import type { IncomingMessage } from 'node:http'
import { type App, problem } from '@ticket-queue/service-kit'
import { errors } from '../errors.ts'
import { refusalOfPath } from './refusal-of-path.ts'

// Paths that a client cannot send: its own would be refused for beginning with a dash.
const refusalPaths = { NOT_FOUND: '/-/not-found', INVALID_PATH: '/-/invalid-path' } as const

/** Gives the target to route: the client's own, or that of the refusal. Runs on the raw target, before any decoding. */
export function targetToRoute(request: IncomingMessage): string {
  const target = request.url ?? '/'
  const refusal = refusalOfPath(target)
  return refusal === null ? target : refusalPaths[refusal]
}

/** Answers what targetToRoute has refused, whatever the method: 404 NOT_FOUND or 400 INVALID_PATH. Register it first. */
export function refuseStrangePaths(app: App): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.url === refusalPaths.NOT_FOUND) throw problem(errors, 'NOT_FOUND')
    if (request.url === refusalPaths.INVALID_PATH) throw problem(errors, 'INVALID_PATH')
    done()
  })
}
