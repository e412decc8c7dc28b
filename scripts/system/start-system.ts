import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { developmentPasswords, migrate, roleUrl, serviceRoles } from '@ticket-queue/database'
import { createMessaging } from '@ticket-queue/messaging'
import { migrationsDirectory } from '@ticket-queue/migrations'
import { createLog } from '@ticket-queue/service-kit'
import { mustBeFree } from './ports-in-use.ts'
import type { Secrets } from './secrets.ts'
import { type Supervised, type SupervisedOptions, supervise } from './supervise.ts'
import { environmentOf, type Ports, type ProcessName, processNames, type SystemPlan } from './topology.ts'

export interface SystemOptions {
  readonly root: string
  /** Owner of the database: used by the migration job only, the services get their own roles. */
  readonly ownerUrl: string
  readonly redisUrl: string
  readonly kafkaBrokers: readonly string[]
  readonly redisKeyPrefix: string
  readonly topicPrefix: string
  readonly ports: Ports
  readonly secrets: Secrets
  readonly bcryptCost: number
  /** Logs and the sandbox's ledger go here. */
  readonly directory: string
  /** Further environment for every process, such as LOG_LEVEL. */
  readonly settings?: Readonly<Record<string, string>>
  /** Changes the environment of single processes, such as the way to a store. */
  readonly environmentFor?: (name: ProcessName, environment: Record<string, string>) => Record<string, string>
  readonly onProgress?: (step: string, state: 'begun' | 'done', elapsedMs: number) => void
  readonly onStart?: SupervisedOptions['onStart']
  readonly onExit?: SupervisedOptions['onExit']
}

export interface System {
  readonly plan: SystemPlan
  readonly gatewayUrl: string
  readonly sandboxUrl: string
  readonly processes: ReadonlyMap<ProcessName, Supervised>
  /** Stops every process in reverse order: the gateway first, so nothing new comes in while the rest drains. */
  stop(): Promise<void>
}

const readyTimeoutMs = 60_000

/** Migrates, creates the topics and starts the six services and the sandbox under supervision; resolves when all are ready. */
export async function startSystem(options: SystemOptions): Promise<System> {
  await mustBeFree(options.ports)
  const plan = planOf(options)
  await timed(options, 'database schema', () =>
    migrate({ ownerUrl: options.ownerUrl, migrationsDirectory, passwords: developmentPasswords }),
  )
  await timed(options, 'kafka topics', () => createAllTopics(plan))
  const processes = new Map(processNames.map((name) => [name, supervise(supervisionOf(name, plan, options))]))
  const stop = async () => {
    for (const name of processNames.toReversed()) await processes.get(name)?.stop()
  }
  try {
    await Promise.all([...processes.values()].map((one) => timed(options, one.name, () => one.ready(readyTimeoutMs))))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    plan,
    gatewayUrl: `http://127.0.0.1:${plan.ports.gateway}`,
    sandboxUrl: `http://127.0.0.1:${plan.ports.sandbox}`,
    processes,
    stop,
  }
}

async function createAllTopics(plan: SystemPlan): Promise<void> {
  const messaging = createMessaging({
    brokers: plan.kafkaBrokers,
    clientId: 'topics-job',
    topicPrefix: plan.topicPrefix,
    log: createLog('topics-job', 'silent'),
  })
  try {
    await messaging.createTopics()
  } finally {
    await messaging.close()
  }
}

function planOf(options: SystemOptions): SystemPlan {
  const { ownerUrl } = options
  return {
    databaseUrls: {
      user: roleUrl(ownerUrl, serviceRoles.user),
      event: roleUrl(ownerUrl, serviceRoles.event),
      queue: roleUrl(ownerUrl, serviceRoles.queue),
      reservation: roleUrl(ownerUrl, serviceRoles.reservation),
      payment: roleUrl(ownerUrl, serviceRoles.payment),
    },
    redisUrl: options.redisUrl,
    redisKeyPrefix: options.redisKeyPrefix,
    kafkaBrokers: options.kafkaBrokers,
    topicPrefix: options.topicPrefix,
    ports: options.ports,
    secrets: options.secrets,
    bcryptCost: options.bcryptCost,
    ledgerFile: join(options.directory, 'sandbox-ledger.jsonl'),
    settings: options.settings ?? {},
  }
}

function supervisionOf(name: ProcessName, plan: SystemPlan, options: SystemOptions): SupervisedOptions {
  const { environmentFor = (_name, environment) => environment } = options
  return {
    name,
    root: options.root,
    environment: environmentFor(name, environmentOf(name, plan)),
    sidePort: plan.ports[name] + 1000,
    logFile: join(options.directory, 'logs', `${name}.log`),
    ...(options.onStart ? { onStart: options.onStart } : {}),
    ...(options.onExit ? { onExit: options.onExit } : {}),
  }
}

async function timed(options: SystemOptions, step: string, work: () => Promise<unknown>): Promise<void> {
  const begunAt = performance.now()
  options.onProgress?.(step, 'begun', 0)
  await work()
  options.onProgress?.(step, 'done', performance.now() - begunAt)
}

/** Makes or renews an account with a role, by the user service's own command: there is no HTTP call that makes an admin. */
export async function createAccount(
  system: { plan: SystemPlan },
  options: { root: string; email: string; password: string; role: 'ADMIN' | 'USER' },
): Promise<void> {
  const main = join(options.root, 'services/user/src/create-admin/create-admin.main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    cwd: options.root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      ...environmentOf('user', system.plan),
      ADMIN_EMAIL: options.email,
      ADMIN_PASSWORD: options.password,
      ADMIN_ROLE: options.role,
    },
  })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.on('data', (chunk) => {
    printed += chunk
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The account ${options.email} could not be made:\n${printed}`)
}
