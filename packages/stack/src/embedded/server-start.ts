import { findFreePort, isPortFree } from '../ports.ts'
import type { Ports } from '../stores.ts'
import type { Children, Server } from './children.ts'
import { delay } from './delay.ts'

/** What starting one embedded server needs to know. */
export interface ServerContext {
  /** The stack's directory; each server has a folder and a log file of its own in it. */
  directory: string
  /** Folder shared by all stacks of this working copy, for what was downloaded. */
  downloads: string
  durable: boolean
  children: Children
  ports: PortChoice
  report(state: 'preparing' | 'starting', detail?: string): void
}

/** A server that answers, and its address. */
export interface StartedServer {
  server: Server
  address: string
}

/** Chooses ports: the one asked for, else that of the last start, else a free one. */
export interface PortChoice {
  choose(name: keyof Ports): Promise<number>
  /** Says that the port turned out to be taken; throws when it was asked for by number. */
  giveUp(name: keyof Ports): void
  /** The ports chosen so far and those of the last start, to be remembered for the next. */
  chosen(): Partial<Ports>
}

/** Makes the choice from the ports asked for and those of the last start. */
export function createPortChoice(wanted: Partial<Ports>, last: Partial<Ports>): PortChoice {
  const candidates = { ...last }
  return {
    async choose(name) {
      const last = candidates[name]
      const port = wanted[name] ?? (last !== undefined && (await isPortFree(last)) ? last : await findFreePort())
      candidates[name] = port
      return port
    },
    giveUp(name) {
      if (wanted[name] !== undefined) {
        throw new Error(`Port ${wanted[name]} for ${name} is in use: free it or configure another.`)
      }
      delete candidates[name]
    },
    chosen: () => ({ ...candidates }),
  }
}

export type Readiness = 'ready' | 'exited' | 'timeout'

/** Waits until `isReady` says so, the server ends, or `timeoutMs` pass. */
export async function waitForServer(
  server: Server,
  isReady: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<Readiness> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (await isReady()) return 'ready'
    if (server.hasExited()) return 'exited'
    await delay(20)
  }
  return 'timeout'
}

/** The last lines of a server's output, for an error message. */
export function lastLines(output: string, count = 5): string {
  return output.trim().split('\n').slice(-count).join('\n')
}
