import type { FastifyRequest } from 'fastify'

/** The method and path of a request, by which faults are matched. */
export function causeOf(request: FastifyRequest): { method: string; path: string } {
  return { method: request.method, path: request.url.split('?', 1)[0] ?? '/' }
}
