import type { App } from '@ticket-queue/service-kit'
import { type Access, accessOf } from '../domain/access.ts'
import { pathOf } from '../domain/path-of.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request must show: looked up once, as every further step depends on it. */
    access: Access | null
  }
}

/** Finds out what each request must show. Register it first. */
export function findAccess(app: App): void {
  app.decorateRequest('access', null)
  app.addHook('onRequest', (request, _reply, done) => {
    request.access = accessOf(request.method, pathOf(request.url))
    done()
  })
}
