import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from './process-identity.ts'
import type { Ports, Provider, StoreName } from './stores.ts'

/** What a stack's directory remembers between starts. */
export interface StackState {
  ports: Partial<Ports>
  /** The provider that made each store's data: later starts keep to it, so that data does not seem to vanish. */
  madeBy: Partial<Record<StoreName, Provider>>
  postgresPassword?: string
  /** Where each store answered at the last start. */
  addresses: Partial<Record<StoreName, string>>
  /** The servers of the last start, so that a later one can end those a killed keeper left behind. */
  servers: Partial<Record<StoreName, ProcessIdentity>>
}

/** Reads the directory's state; an absent or unreadable file is an empty state. */
export function readState(directory: string): StackState {
  const empty: StackState = { ports: {}, madeBy: {}, addresses: {}, servers: {} }
  try {
    return { ...empty, ...JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) }
  } catch {
    return empty
  }
}

/** Writes the state in one step, readable by its owner only because it holds a password. */
export function writeState(directory: string, state: StackState): void {
  mkdirSync(directory, { recursive: true })
  const draft = join(directory, `state.json.${process.pid}`)
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, join(directory, 'state.json'))
}
