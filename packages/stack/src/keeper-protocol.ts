import type { Ports, Progress, Provider, StoreName } from './stores.ts'

/** Where a store that the keeper did not start answers, to be remembered in the directory. */
export interface StoreRecord {
  name: StoreName
  provider: Provider
  address: string
  ports: Partial<Ports>
  postgresPassword: string
}

/** What the owner asks of its keeper. */
export type KeeperRequest =
  | { kind: 'start'; name: StoreName }
  | { kind: 'crash'; name: StoreName }
  | { kind: 'record'; store: StoreRecord }
  | { kind: 'stop' }

/** What the keeper tells its owner. */
export type KeeperReport =
  | { kind: 'claimed' }
  | { kind: 'refused'; message: string }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'started'; name: StoreName; address: string }
  | { kind: 'crashed'; name: StoreName }
  | { kind: 'failed'; name: StoreName; message: string }

/** What a keeper is started with, as its one argument in JSON. */
export interface KeeperOptions {
  directory: string
  /** Folder shared by all stacks of this working copy, for what was downloaded. */
  downloads: string
  durable: boolean
  ports: Partial<Ports>
}
