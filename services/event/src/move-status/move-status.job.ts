import { randomUUID } from 'node:crypto'
import { type RedisClient, runExclusively } from '@ticket-queue/redis'
import { type Job, type Log, startJob } from '@ticket-queue/service-kit'
import type { Deps } from '../dependencies.ts'
import { moveStatus } from './move-status.ts'

const everyMs = 1000
const lockMs = 15_000

/** Moves statuses each second, in one replica at a time: the lock saves work, the guarded updates keep it right. */
export function startMoveStatus({ redis, log, ...deps }: Deps & { redis: RedisClient; log: Log }): Job {
  const run = () =>
    runExclusively(redis, 'event:move-status', lockMs, async () => {
      const moved = await moveStatus(deps, { correlationId: `move-status-${randomUUID()}` })
      if (moved.length > 0) log.info({ schedules: moved.length }, 'schedules moved on')
    })
  return startJob({ name: 'move-status', everyMs, log, run })
}
