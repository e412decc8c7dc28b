import type { FastifyInstance } from 'fastify'
import { kitErrors, problem } from './errors.ts'
import { pathOf, writeProblem } from './render-errors.ts'

/** Answers 405 with Allow where the path exists under another method, else 404; knows the routes registered after this call. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const routes: { parts: string[]; methods: string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    if (!url.includes('*')) routes.push({ parts: url.split('/'), methods: [method].flat() })
  })
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url).split('/')
    const allowed = new Set(routes.filter(({ parts }) => matches(parts, path)).flatMap(({ methods }) => methods))
    if (allowed.size === 0) return writeProblem(problem(kitErrors, 'NOT_FOUND'), request, reply)
    const headers = { allow: [...allowed].join(', ') }
    return writeProblem(problem(kitErrors, 'METHOD_NOT_ALLOWED', { headers }), request, reply)
  })
}

/** True when `path` is one that a route such as /events/:id answers. */
function matches(route: readonly string[], path: readonly string[]): boolean {
  return route.length === path.length && route.every((part, index) => part.startsWith(':') || part === path[index])
}
