import type { StoreName } from './stores.ts'

/** What the environment says about where the stores come from. */
export interface StackConfig {
  /** Stores that run elsewhere: URLs, and for Kafka `host:port` with commas. */
  given: Partial<Record<StoreName, string>>
  /** The one provider to use for all stores, or null for the usual order: given, Docker, embedded. */
  forced: 'docker' | 'embedded' | null
}

const variables: Record<StoreName, string> = { postgres: 'DATABASE_URL', redis: 'REDIS_URL', kafka: 'KAFKA_BROKERS' }

/** The name of the variable that gives a store. */
export function variableOf(name: StoreName): string {
  return variables[name]
}

/** Reads DATABASE_URL, REDIS_URL, KAFKA_BROKERS and STACK_PROVIDER; empty ones count as absent. */
export function readStackConfig(env: NodeJS.ProcessEnv): StackConfig {
  const forced = env['STACK_PROVIDER'] || null
  if (forced !== null && forced !== 'docker' && forced !== 'embedded') {
    throw new Error(`STACK_PROVIDER is "${forced}": it may be docker or embedded.`)
  }
  const given: StackConfig['given'] = {}
  if (forced === null) {
    for (const name of ['postgres', 'redis', 'kafka'] as const) {
      const address = env[variables[name]]
      if (address) given[name] = address
    }
  }
  return { given, forced }
}
