import { z } from 'zod'

const schemaSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
})
const operationSchema = z.looseObject({
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: schemaSchema.optional() })).optional() })
    .optional(),
})
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
})

/** One route of the public API as its own document describes it. */
export interface Operation {
  readonly method: string
  readonly path: string
  readonly isPublic: boolean
  readonly bodyProperties: readonly { readonly name: string; readonly required: boolean }[]
}

/** Routes that anybody may call (GW-003), so that anybody can check a draw, too; the webhook is guarded by its signature instead. */
const publicRoutes = new RegExp(
  `^(${[
    '\\w+ /auth/(signup|login|refresh|terms)',
    'GET /(events|venues)(/.*)?',
    'GET /queue/draws/{scheduleId}(/(announcement\\.json|draw\\.json|roster\\.ndjson))?',
    'GET /reservations/tickets/keys',
    'POST /payments/webhook',
  ].join('|')})$`,
)
const adminReads = /\/admin\//

/** Every operation of the gateway's joined OpenAPI document. */
export async function readOperations(gatewayUrl: string): Promise<Operation[]> {
  const answer = await fetch(`${gatewayUrl}/openapi.json`)
  const { paths } = documentSchema.parse(await answer.json())
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => describe(method.toUpperCase(), path, operation)),
  )
}

function describe(method: string, path: string, operation: z.infer<typeof operationSchema>): Operation {
  const schema = operation.requestBody?.content?.['application/json']?.schema
  const required = new Set(schema?.required ?? [])
  return {
    method,
    path,
    isPublic: publicRoutes.test(`${method} ${path}`) && !adminReads.test(path),
    bodyProperties: Object.keys(schema?.properties ?? {}).map((name) => ({ name, required: required.has(name) })),
  }
}
