import { variableOf } from './config.ts'
import { acceptsConnections } from './ports.ts'
import type { StoreName } from './stores.ts'

const connectTimeoutMs = 3000
const usualPorts: Record<StoreName, number> = { postgres: 5432, redis: 6379, kafka: 9092 }

function endpointsOf(name: StoreName, address: string): { host: string; port: number }[] {
  const urls = name === 'kafka' ? address.split(',').map((broker) => `kafka://${broker.trim()}`) : [address]
  return urls.map((text) => {
    const url = URL.parse(text)
    // The message leaves the address out, because it may hold a password.
    if (url === null || url.hostname === '')
      throw new Error(`${variableOf(name)} is not an address: see the README of packages/stack.`)
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? usualPorts[name] : Number(url.port) }
  })
}

/** Resolves when a store given by an address accepts connections, rejects with one sentence when it does not. */
export async function checkGivenStore(name: StoreName, address: string): Promise<void> {
  const endpoints = endpointsOf(name, address)
  const answers = await Promise.all(endpoints.map((endpoint) => acceptsConnections(endpoint, connectTimeoutMs)))
  if (answers.includes(true)) return
  const places = endpoints.map(({ host, port }) => `${host}:${port}`).join(' or ')
  throw new Error(`${variableOf(name)} is set, but nothing answers at ${places}: start it or unset the variable.`)
}
