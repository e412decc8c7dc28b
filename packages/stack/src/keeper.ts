import { claimDirectory, inUseMessage } from './claim.ts'
import { createChildren } from './embedded/children.ts'
import { delay } from './embedded/delay.ts'
import { startKafka } from './embedded/kafka.ts'
import { endLeftovers } from './embedded/leftovers.ts'
import { startPostgres } from './embedded/postgres.ts'
import { startRedis } from './embedded/redis.ts'
import { createPortChoice, type ServerContext, type StartedServer } from './embedded/server-start.ts'
import type { KeeperOptions, KeeperReport, KeeperRequest, StoreRecord } from './keeper-protocol.ts'
import { identify } from './process-identity.ts'
import { removeStackFiles } from './stack-files.ts'
import { readState, type StackState, writeState } from './state.ts'
import type { Progress, StoreName } from './stores.ts'

/** What ends a server without letting it tidy up. PostgreSQL's processes outlive a parent that is killed; this ends them all at once. */
const crashSignals: Record<StoreName, NodeJS.Signals> = { postgres: 'SIGQUIT', redis: 'SIGKILL', kafka: 'SIGKILL' }

/** How long a stop waits for starts that it cuts short. */
const cleanUpMs = 3000

/** A running keeper: takes requests, and closes once, whoever asks. */
export interface Keeper {
  receive(request: KeeperRequest): void
  close(): void
}

interface Memory {
  state: StackState
  save(): void
}

function startServer(name: StoreName, context: ServerContext, memory: Memory): Promise<StartedServer> {
  if (name === 'redis') return startRedis(context)
  if (name === 'kafka') return startKafka(context)
  return startPostgres(context, {
    known: memory.state.postgresPassword,
    remember(password) {
      memory.state.postgresPassword = password
      memory.save()
    },
  })
}

function recordServer(memory: Memory, name: StoreName, { address, server }: StartedServer): void {
  const { state } = memory
  state.madeBy[name] = 'embedded'
  state.addresses[name] = address
  const identity = identify(server.pid)
  if (identity !== null) state.servers[name] = identity
  memory.save()
}

function recordStore(memory: Memory, { name, provider, address, ports, postgresPassword }: StoreRecord): void {
  const { state } = memory
  state.madeBy[name] = provider
  state.addresses[name] = address
  state.postgresPassword = postgresPassword
  Object.assign(state.ports, ports)
  memory.save()
}

/**
 * The process between a stack's owner and its servers: it alone starts them and holds the directory, and when its owner
 * goes away, however that happens, it ends them and itself.
 */
export function runKeeper(options: KeeperOptions, report: (report: KeeperReport) => void): Keeper {
  const { directory, durable } = options
  const me = identify(process.pid)
  const holder = me === null ? null : claimDirectory(directory, { keeper: me, ownerPid: process.ppid })
  if (holder !== null) {
    report({ kind: 'refused', message: inUseMessage(directory, holder) })
    return { receive: () => {}, close: () => process.exit(0) }
  }
  const state = readState(directory)
  const memory: Memory = { state, save: () => writeState(directory, state) }
  const leftovers = endLeftovers(state.servers).then(() => {
    state.servers = {}
  })
  const children = createChildren()
  const ports = createPortChoice(options.ports, state.ports)
  const starts: Promise<void>[] = []
  const running = new Map<StoreName, StartedServer['server']>()
  let closing = false

  const start = async (name: StoreName) => {
    const begun = performance.now()
    const progress = (stage: Progress['state'], detail?: string) => {
      const ms = Math.round(performance.now() - begun)
      const line = { name, state: stage, ms }
      report({ kind: 'progress', progress: detail === undefined ? line : { ...line, detail } })
    }
    try {
      await leftovers
      const started = await startServer(name, { ...options, children, ports, report: progress }, memory)
      Object.assign(state.ports, ports.chosen())
      recordServer(memory, name, started)
      running.set(name, started.server)
      started.server.onExit(() => {
        if (!closing) progress('exited')
      })
      progress('ready')
      report({ kind: 'started', name, address: started.address })
    } catch (error) {
      report({ kind: 'failed', name, message: error instanceof Error ? error.message : String(error) })
    }
  }
  const crash = (name: StoreName) => {
    const server = running.get(name)
    if (server === undefined || server.hasExited()) {
      report({ kind: 'failed', name, message: `${name} does not run here.` })
      return
    }
    server.onExit(() => report({ kind: 'crashed', name }))
    process.kill(server.pid, crashSignals[name])
  }
  const close = async () => {
    if (closing) return
    closing = true
    try {
      await children.stopAll()
      // A start that is cut short removes what it had half downloaded.
      await Promise.race([Promise.all(starts), delay(cleanUpMs)])
      if (!durable) removeStackFiles(directory)
    } finally {
      process.exit(0)
    }
  }

  report({ kind: 'claimed' })
  return {
    receive(request) {
      if (request.kind === 'start') starts.push(start(request.name))
      else if (request.kind === 'crash') crash(request.name)
      else if (request.kind === 'record') recordStore(memory, request.store)
      else void close()
    },
    close: () => void close(),
  }
}
