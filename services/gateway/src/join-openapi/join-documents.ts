import { z } from 'zod'

const documentSchema = z.object({
  info: z.object({ title: z.string(), description: z.string().optional() }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  components: z
    .object({
      schemas: z.record(z.string(), z.unknown()).default({}),
      securitySchemes: z.record(z.string(), z.unknown()).default({}),
    })
    .prefault({}),
})

export type OpenapiDocument = z.output<typeof documentSchema>

/** What a service said about itself, or null while it is away. */
export type ServiceDocument = { service: string; document: unknown }

/**
 * Gives one OpenAPI 3.1 document of all services. `isPublic` says which paths the gateway forwards; schemas of the same
 * name that differ get the service's name in front. Services that are away are named in the description.
 */
export function joinDocuments(
  parts: readonly ServiceDocument[],
  describe: { isPublic: (path: string) => boolean; secure: (method: string, path: string) => object },
): object {
  const joined = { paths: {} as Record<string, unknown>, schemas: {} as Record<string, unknown> }
  const schemes: Record<string, unknown> = {}
  const tags: { name: string; description: string }[] = []
  const away: string[] = []
  for (const { service, document } of parts) {
    const parsed = documentSchema.safeParse(document)
    if (!parsed.success) {
      away.push(service)
      continue
    }
    const renamed = withoutClashes(service, parsed.data, joined.schemas)
    Object.assign(joined.schemas, renamed.components.schemas)
    Object.assign(schemes, renamed.components.securitySchemes)
    tags.push({ name: service, description: renamed.info.description ?? '' })
    for (const [path, operations] of Object.entries(renamed.paths)) {
      if (describe.isPublic(path)) joined.paths[path] = tagged(service, path, operations, describe.secure)
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Ticket queue', version: '1.0.0', description: introduction(away) },
    servers: [{ url: '/' }],
    tags,
    paths: joined.paths,
    components: { schemas: joined.schemas, securitySchemes: schemes },
  }
}

function introduction(away: readonly string[]): string {
  const text = 'Every call goes through the gateway. Refusals are RFC 9457 problem details with a stable `code`.'
  return away.length === 0 ? text : `${text}\n\nNot described at the moment: ${away.join(', ')}.`
}

function tagged(
  service: string,
  path: string,
  operations: Record<string, unknown>,
  secure: (method: string, path: string) => object,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => [
      method,
      typeof operation === 'object' && operation !== null && !Array.isArray(operation)
        ? { ...operation, tags: [service], ...secure(method.toUpperCase(), path) }
        : operation,
    ]),
  )
}

function withoutClashes(service: string, document: OpenapiDocument, taken: Record<string, unknown>): OpenapiDocument {
  const clashes = Object.entries(document.components.schemas).filter(
    ([name, schema]) => name in taken && JSON.stringify(taken[name]) !== JSON.stringify(schema),
  )
  const names = new Map(clashes.map(([name]) => [name, `${service}.${name}`]))
  if (names.size === 0) return document
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => [names.get(name) ?? name, schema])
  const renamed = { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } }
  return documentSchema.parse(withReferences(renamed, names))
}

const reference = '#/components/schemas/'

function withReferences(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, names))
  if (typeof value === 'string' && value.startsWith(reference)) {
    const name = value.slice(reference.length)
    return reference + (names.get(name) ?? name)
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withReferences(inner, names)]))
}
