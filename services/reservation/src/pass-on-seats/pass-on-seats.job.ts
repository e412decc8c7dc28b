import { type Job, startJob } from '@ticket-queue/service-kit'
import { type PassOnSeatsDeps, passOnSeats, schedulesWithWithheld } from './pass-on-seats.ts'

const everyMs = 1_000
const stepsMax = 100

/**
 * Each second on every replica: they share the rows. Goes on while there is work, at most 100 steps of a schedule at a time; a
 * schedule whose policy is not known waits, and does not keep the others waiting.
 */
export function passOnSeatsJob(deps: PassOnSeatsDeps): Job {
  let isTold = false
  const run = async (signal: AbortSignal) => {
    let failure: unknown
    for (const scheduleId of await schedulesWithWithheld(deps.db)) {
      try {
        for (let step = 0; step < stepsMax && !signal.aborted; step += 1) {
          if ((await passOnSeats(deps, scheduleId)) === 0) break
        }
      } catch (err) {
        failure = err
      }
    }
    if (failure && !isTold) deps.log.warn({ err: failure }, 'seats given back wait until they can be passed on')
    isTold = failure !== undefined
  }
  return startJob({ name: 'pass-on-seats', everyMs, log: deps.log, run })
}
