import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Demo, loadDemo } from '@ticket-queue/scripts/demo'
import { makeSecrets, type Secrets } from '@ticket-queue/scripts/secrets'
import { createAccount, type System, type SystemOptions, startSystem } from '@ticket-queue/scripts/system'
import { testDatabase } from '@ticket-queue/testing'
import { afterAll, inject } from 'vitest'
import { type Books, openBooks } from '../invariants/books.ts'
import { freePorts } from './free-ports.ts'

/** A whole system of its own on the stores of the test run: six services, the sandbox and the demo catalogue. */
export interface TestSystem {
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

export interface TestSystemOptions {
  /** A database of Redis of its own (1 to 15), which may then be emptied without harm to other test files. */
  readonly redisDatabase?: number
  readonly environmentFor?: NonNullable<SystemOptions['environmentFor']>
}

const root = dirname(dirname(import.meta.dirname))

/** Starts it for this test file and stops it after the file's tests. `settings` are further environment of every process. */
export async function testSystem(
  settings: Record<string, string> = {},
  { redisDatabase = 0, environmentFor }: TestSystemOptions = {},
): Promise<TestSystem> {
  const stack = inject('stack')
  const redisUrl = new URL(`/${redisDatabase}`, stack.redisUrl).href
  const { ownerUrl } = await testDatabase<unknown>('user')
  const directory = mkdtempSync(join(tmpdir(), 'ticket-queue-'))
  const own = `system-${process.pid}-`
  const secrets = makeSecrets()
  const system = await startSystem({
    root,
    ownerUrl,
    redisUrl,
    kafkaBrokers: stack.kafkaBrokers,
    redisKeyPrefix: own,
    topicPrefix: own,
    ports: await freePorts(),
    secrets,
    bcryptCost: 4,
    directory,
    settings,
    ...(environmentFor ? { environmentFor } : {}),
  })
  const address = {
    databaseUrl: ownerUrl,
    redisUrl,
    redisKeyPrefix: own,
    sandboxUrl: system.sandboxUrl,
  }
  const books = openBooks(address)
  afterAll(async () => {
    await books.close()
    await system.stop()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)
  const admin = { email: 'admin@ticketing.test', password: secrets.adminPassword }
  await createAccount(system, { root, ...admin, role: 'ADMIN' })
  const demo = await loadDemo(system.gatewayUrl, admin.password)
  const onSale = demo.events.find((event) => event.key === 'onSale')
  if (!onSale) throw new Error('the demo has no event on sale')
  const { gatewayUrl, sandboxUrl } = system
  return { system, demo, books, gatewayUrl, sandboxUrl, ownerUrl, secrets, admin, scheduleId: onSale.scheduleId }
}
