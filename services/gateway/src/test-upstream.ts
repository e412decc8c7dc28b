import { type FastifyInstance, fastify } from 'fastify'

/** One request as a service behind the gateway saw it. */
export type Seen = { method: string; url: string; rawHeaders: string[]; headers: Record<string, unknown>; body: Buffer }

export type Upstream = { url: string; seen: Seen[]; app: FastifyInstance; close(): Promise<void> }

/** A real HTTP server in place of a service: notes what arrives, and answers it with its name unless `configure` adds a route. */
export async function startUpstream(
  name: string,
  configure: (app: FastifyInstance) => void = () => {},
  port = 0,
): Promise<Upstream> {
  const app = fastify({ forceCloseConnections: true })
  const seen: Seen[] = []
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('preHandler', async (request) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const { rawHeaders, method = '', url = '' } = request.raw
    seen.push({ method, url, rawHeaders, headers: request.headers, body })
  })
  configure(app)
  app.all('/*', async (request) => ({ service: name, method: request.method, url: request.raw.url }))
  const url = await app.listen({ host: '127.0.0.1', port })
  return { url, seen, app, close: () => app.close() }
}
