import { randomBytes } from 'node:crypto'
import { createPortChoice } from '../embedded/server-start.ts'
import type { KeeperClient } from '../keeper-client.ts'
import { readState } from '../state.ts'
import type { OnProgress, Ports, StoreName } from '../stores.ts'

/** The stores of one stack that run in containers. */
export interface DockerStores {
  /** Starts a store's container; resolves with its address. */
  start(name: StoreName): Promise<string>
  stop(): Promise<void>
}

function addressOf(name: StoreName, place: { host: string; port: number; password: string }): string {
  const { host, port, password } = place
  if (name === 'postgres') return `postgresql://postgres:${password}@${host}:${port}/ticketing`
  return name === 'redis' ? `redis://:${password}@${host}:${port}` : `${host}:${port}`
}

/** Makes the Docker side of a stack; the containers end with the process, which the library's reaper watches. */
export function createDockerStores(options: {
  directory: string
  durable: boolean
  ports: Partial<Ports>
  keeper: KeeperClient
  onProgress: OnProgress
}): DockerStores {
  const { directory, durable, keeper } = options
  const state = readState(directory)
  const ports = createPortChoice(options.ports, state.ports)
  const password = state.postgresPassword ?? randomBytes(12).toString('hex')
  const running: { stop(): Promise<unknown> }[] = []

  return {
    async start(name) {
      const begun = performance.now()
      const report = (stage: 'preparing' | 'ready', detail: string) =>
        options.onProgress({ name, state: stage, detail, ms: Math.round(performance.now() - begun) })
      report('preparing', 'starting its container')
      const { engineHost, startContainer } = await import('./containers.ts')
      const place = { host: await engineHost(), port: await ports.choose(name), password }
      running.push(await startContainer(name, { directory, durable, ...place }))
      const address = addressOf(name, place)
      keeper.record({ name, provider: 'docker', address, ports: { [name]: place.port }, postgresPassword: password })
      report('ready', 'in Docker')
      return address
    },
    async stop() {
      await Promise.all(running.map((container) => container.stop()))
    },
  }
}
