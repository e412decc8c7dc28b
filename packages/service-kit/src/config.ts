import { z } from 'zod'

const followsPort = -1

/** A TCP port setting with a default of its own; 0 asks the system for a free one. */
export const port = (defaultPort: number) => z.coerce.number().int().min(0).max(65_535).default(defaultPort)

const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info')

/** A service's key is a UUID v4 (INT-001): random, and refused here when somebody types a word instead. */
const serviceKey = z.uuidv4({ error: 'must be a UUID v4 (INT-001)' })

const serviceKeys = z
  .string()
  .default('')
  .transform((text, context) => {
    const accepted: Record<string, string[]> = {}
    for (const part of text.split(';').map((piece) => piece.trim())) {
      if (part === '') continue
      const parsed = parseCaller(part)
      if (parsed === null) {
        context.addIssue({ code: 'custom', message: 'must read caller=key,key2;caller2=key, each key a UUID v4' })
        return z.NEVER
      }
      accepted[parsed.caller] = parsed.keys
    }
    return accepted
  })

/** Where a process listens and how much it logs: the settings that runService needs. */
export const serverConfig = {
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535),
  SIDE_PORT: port(followsPort),
  INTERNAL_PORT: port(followsPort),
  LOG_LEVEL: logLevel,
}

/** The settings of every service; spread it into the schema of config.ts and give PORT a default with `port(8081)`. */
export const basicConfig = {
  ...serverConfig,
  SERVICE_API_KEY: serviceKey,
  SERVICE_API_KEYS: serviceKeys,
}

export type LogLevel = z.infer<typeof logLevel>

/** Settings that cannot be used. The message lists every problem: the variable, what is wrong, what it holds. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Gives the settings that `schema` describes, read from `env`; an empty variable counts as absent.
 * SIDE_PORT follows PORT by 1000 and INTERNAL_PORT by 2000 where they are not set.
 * Throws a ConfigError that names all problems at once, never the values.
 */
export function parseConfig<T extends z.ZodType>(schema: T, env: Readonly<Record<string, string | undefined>>) {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(present)
  if (!parsed.success) throw new ConfigError(describeProblems(parsed.error, present))
  return withFollowingPorts(parsed.data)
}

function parseCaller(part: string): { caller: string; keys: string[] } | null {
  const [caller = '', list = '', ...rest] = part.split('=').map((piece) => piece.trim())
  const keys = list.split(',').map((key) => key.trim())
  const valid = keys.every((key) => serviceKey.safeParse(key).success)
  return /^[a-z][a-z0-9-]*$/.test(caller) && valid && rest.length === 0 ? { caller, keys } : null
}

function withFollowingPorts<T>(config: T): T {
  if (typeof config !== 'object' || config === null || !('PORT' in config)) return config
  const main = Number(config.PORT)
  const offsets = { SIDE_PORT: 1000, INTERNAL_PORT: 2000 }
  const following = Object.entries(offsets)
    .filter(([name]) => Reflect.get(config, name) === followsPort)
    .map(([name, offset]) => [name, main === 0 ? 0 : main + offset])
  return { ...config, ...Object.fromEntries(following) }
}

function describeProblems(error: z.ZodError, present: Record<string, string | undefined>): string {
  const lines = error.issues.map((issue) => {
    const variable = issue.path[0] === undefined ? '(settings)' : String(issue.path[0])
    const state = issue.path[0] !== undefined && !(variable in present) ? 'is not set' : 'is not usable'
    return `  ${variable} ${state}: ${issue.message}`
  })
  return `${lines.length === 1 ? 'One setting needs' : `${lines.length} settings need`} attention:\n${lines.join('\n')}`
}
