import { runExclusively } from '@ticket-queue/redis'
import { type Job, startJob } from '@ticket-queue/service-kit'
import { knowSeats } from './know-seats.ts'
import type { KnowSeatsDeps } from './look-at-seats.ts'

const lockMs = 10_000
const tickMs = 500

/** Looks at the seats that are due, on one replica at a time; the lock only saves the others the work. */
export const knowSeatsJob = (deps: KnowSeatsDeps): Job =>
  startJob({
    name: 'know-seats',
    everyMs: tickMs,
    log: deps.log,
    run: async (stopped) => {
      if (deps.redis.client.status !== 'ready') return
      await runExclusively(deps.redis, 'know-seats', lockMs, (lost) =>
        knowSeats(deps, AbortSignal.any([lost, stopped])),
      )
    },
  })
