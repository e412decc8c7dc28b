import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { testDatabase } from '@ticket-queue/testing'
import { afterAll, inject } from 'vitest'
import { type OpenSystem, type OpenSystemOptions, openSystem } from './open-system.ts'

/** A whole system of its own on the stores of the test run. */
export type TestSystem = OpenSystem

export interface TestSystemOptions {
  /** A database of Redis of its own (1 to 15), which may then be emptied without harm to other test files. */
  readonly redisDatabase?: number
  readonly environmentFor?: NonNullable<OpenSystemOptions['environmentFor']>
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
  const { close, ...own } = await openSystem({
    root,
    directory,
    ownerUrl,
    redisUrl,
    kafkaBrokers: stack.kafkaBrokers,
    prefix: `system-${randomBytes(4).toString('hex')}-`,
    settings,
    ...(environmentFor ? { environmentFor } : {}),
  })
  afterAll(async () => {
    await close()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)
  return own
}
