import type { Ports, Progress, Provider, StoreName } from './stores.ts'

/** What the parent asks of its keeper. */
export type KeeperRequest =
  | { kind: 'start'; name: StoreName }
  | { kind: 'record'; name: StoreName; provider: Provider; address: string }
  | { kind: 'stop' }

/** What the keeper tells its parent. */
export type KeeperReport =
  | { kind: 'claimed' }
  | { kind: 'refused'; message: string }
  | ({ kind: 'progress' } & Progress)
  | { kind: 'started'; name: StoreName; address: string }
  | { kind: 'failed'; name: StoreName; message: string }

/** What a keeper is started with, as its one argument in JSON. */
export interface KeeperOptions {
  directory: string
  downloads: string
  durable: boolean
  ports: Partial<Ports>
}
