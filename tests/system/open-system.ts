import { type Demo, loadDemo } from '@ticket-queue/scripts/demo'
import { makeSecrets, type Secrets } from '@ticket-queue/scripts/secrets'
import { createAccount, type System, type SystemOptions, startSystem } from '@ticket-queue/scripts/system'
import { type Books, openBooks } from '../invariants/books.ts'
import { freePorts } from './free-ports.ts'

/** A whole system of its own: six services, the sandbox and the demo catalogue. */
export interface OpenSystem {
  readonly system: System
  readonly demo: Demo
  readonly books: Books
  readonly gatewayUrl: string
  readonly sandboxUrl: string
  readonly ownerUrl: string
  readonly secrets: Secrets
  readonly admin: { readonly email: string; readonly password: string }
  /** The demo event on sale. */
  readonly scheduleId: string
}

export interface OpenSystemOptions {
  readonly root: string
  /** Logs and the sandbox's ledger go here. */
  readonly directory: string
  readonly ownerUrl: string
  readonly redisUrl: string
  readonly kafkaBrokers: readonly string[]
  /** In front of its topics, groups and Redis keys. */
  readonly prefix: string
  /** Further environment of every process. */
  readonly settings: Record<string, string>
  readonly environmentFor?: SystemOptions['environmentFor']
}

/** Starts it on these stores with the demo catalogue loaded. `close` stops it; stores and directory stay. */
export async function openSystem(options: OpenSystemOptions): Promise<OpenSystem & { close(): Promise<void> }> {
  const { root, directory, ownerUrl, redisUrl, kafkaBrokers, prefix, settings, environmentFor } = options
  const secrets = makeSecrets()
  const system = await startSystem({
    root,
    ownerUrl,
    redisUrl,
    kafkaBrokers,
    redisKeyPrefix: prefix,
    topicPrefix: prefix,
    ports: await freePorts(),
    secrets,
    bcryptCost: 4,
    directory,
    settings,
    ...(environmentFor ? { environmentFor } : {}),
  })
  const { gatewayUrl, sandboxUrl } = system
  const books = openBooks({ databaseUrl: ownerUrl, redisUrl, redisKeyPrefix: prefix, sandboxUrl })
  const close = async () => {
    await books.close()
    await system.stop()
  }
  try {
    const admin = { email: 'admin@ticketing.test', password: secrets.adminPassword }
    await createAccount(system, { root, ...admin, role: 'ADMIN' })
    const demo = await loadDemo(gatewayUrl, admin.password)
    const onSale = demo.events.find((event) => event.key === 'onSale')
    if (!onSale) throw new Error('the demo has no event on sale')
    const { scheduleId } = onSale
    return { system, demo, books, gatewayUrl, sandboxUrl, ownerUrl, secrets, admin, scheduleId, close }
  } catch (error) {
    await close()
    throw error
  }
}
