import { fastifySwagger } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { ErrorTable } from './errors.ts'

/** Serves the OpenAPI 3.1 document of the routes registered after this call at /openapi.json, made from their zod schemas. */
export function serveOpenapi(app: FastifyInstance, service: string, errors: ErrorTable): void {
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
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
