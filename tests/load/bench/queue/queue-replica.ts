import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { environmentOf } from '@ticket-queue/scripts/topology'
import { freePorts } from '../../../system/free-ports.ts'
import type { QueueDeps } from './queue-deps.ts'

const readyTimeoutMs = 30_000
const stopTimeoutMs = 12_000

export interface Replica {
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

/** A further queue service of the running system, on ports of its own; it ends with this process. */
export async function startReplica({ root, directory, system }: QueueDeps): Promise<Replica> {
  const ports = { ...system.plan.ports, queue: (await freePorts()).queue }
  const log = openSync(join(directory, 'queue-replicas.log'), 'a')
  const main = join(root, 'services', 'queue', 'src', 'main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    cwd: root,
    stdio: ['ignore', log, log, 'ipc'],
    env: { PATH: process.env['PATH'], ...environmentOf('queue', { ...system.plan, ports }) },
  })
  closeSync(log)
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    await ended
    clearTimeout(late)
  }
  const deadline = performance.now() + readyTimeoutMs
  while (!(await isReady(ports.queue + 1_000))) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop()
      throw new Error(`a further replica of the queue service is not ready after ${readyTimeoutMs / 1_000} s`)
    }
    await pause(100)
  }
  return { pid: child.pid ?? 0, port: ports.queue, stop }
}

async function isReady(sidePort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${sidePort}/readyz`, { signal: AbortSignal.timeout(2_000) })).status === 200
  } catch {
    return false
  }
}
