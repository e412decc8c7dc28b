import type { ProcessName } from '@ticket-queue/scripts/topology'
import { waitUntil } from '@ticket-queue/testing'
import { afterAll } from 'vitest'
import { type TestSystem, testSystem } from '../system/test-system.ts'
import { type FailpointName, failpoints } from './failpoints.ts'
import { openWire } from './wire.ts'

export interface FaultSystem extends TestSystem {
  /** SIGKILLs the reservation service when it comes to a failpoint. `reached` resolves when that has happened. */
  dieAt(name: FailpointName): { readonly reached: Promise<void> }
  /** SIGKILLs a process now; its supervisor starts another one. */
  die(name: ProcessName): void
  /** When a process that died has been started again and takes calls. Asked past the gateway, whose breaker would open. */
  takesCalls(name: ProcessName): Promise<void>
  /** Redis without its data, from one moment to the next. */
  loseRedis(): Promise<void>
}

const restartMaxMs = 60_000

/** A whole system whose reservation service reaches its stores and the queue service over wires with failpoints. */
export async function faultSystem(
  settings: Record<string, string>,
  options: { redisDatabase: number },
): Promise<FaultSystem> {
  const wires = { postgres: await openWire('postgres'), queue: await openWire('http') }
  // Before the system's own end is registered: hooks run in reverse order, and processes stop better with stores.
  afterAll(async () => {
    for (const wire of Object.values(wires)) await wire.close()
  })
  const viaWires = (name: ProcessName, environment: Record<string, string>) =>
    name === 'reservation'
      ? {
          ...environment,
          DATABASE_URL: wires.postgres.through(environment['DATABASE_URL'] ?? ''),
          QUEUE_INTERNAL_URL: wires.queue.through(environment['QUEUE_INTERNAL_URL'] ?? ''),
        }
      : environment
  const own = await testSystem(settings, { ...options, environmentFor: viaWires })
  const die = (name: ProcessName) => own.system.processes.get(name)?.kill('SIGKILL')
  return {
    ...own,
    die,
    dieAt(name) {
      const point = failpoints[name]
      return { reached: wires[point.wire].strikeAt(point, () => die('reservation')) }
    },
    takesCalls: (name) =>
      waitUntil(() => fetch(`http://127.0.0.1:${own.system.plan.ports[name]}/`).then(() => {}), {
        timeoutMs: restartMaxMs,
        intervalMs: 100,
      }),
    async loseRedis() {
      await own.books.redis.client.flushdb()
    },
  }
}
