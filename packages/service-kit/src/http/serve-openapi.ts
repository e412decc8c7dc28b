import { fastifySwagger } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { ErrorTable } from './errors.ts'

/** Serves the OpenAPI 3.1 document of the routes registered after this call at /openapi.json, made from their zod schemas. */
export function serveOpenapi(app: FastifyInstance, service: string, errors: ErrorTable): void {
  let document: string | undefined
  const codes = Object.entries(errors).map(([code, { status, title }]) => `- \`${code}\` (${status}): ${title}`)
  // Called as a function: registering it would take effect only after the routes that the caller adds next.
  fastifySwagger(
    app,
    {
      openapi: {
        openapi: '3.1.0',
        info: { title: service, version: '1.0.0', description: `Refusals of this service:\n\n${codes.join('\n')}` },
        components: {
          securitySchemes: {
            accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
            queueToken: { type: 'apiKey', in: 'header', name: 'X-Queue-Token' },
          },
        },
      },
      transform: jsonSchemaTransform,
      transformObject: jsonSchemaTransformObject,
    },
    (error) => {
      if (error !== undefined) throw error
    },
  )
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(readable(app.swagger()))
    return reply.type('application/json; charset=utf-8').send(document)
  })
}

const noise = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])

/** Leaves out what zod adds for machines (patterns of named formats, the bounds of safe integers) and names the type of refusals. */
function readable(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => readable(item))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([name, inner]) => !(typeof inner === 'number' && noise.has(inner)) && !(name === 'pattern' && 'format' in value),
  )
  return Object.fromEntries(
    kept.map(([name, inner]) => [
      name,
      name === 'content' && /^[45]\d\d$/.test(key) ? asProblem(inner) : readable(inner, name),
    ]),
  )
}

function asProblem(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || !('application/json' in content)) return readable(content)
  return { 'application/problem+json': readable(content['application/json']) }
}
