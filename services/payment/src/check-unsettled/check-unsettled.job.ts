import { setTimeout as pause } from 'node:timers/promises'
import { type Job, startJob } from '@ticket-queue/service-kit'
import { type CheckUnsettledDeps, type Claimed, checkUnsettled, claimDue } from './check-unsettled.ts'

const everyMs = 500
const looksMax = 32
/** Refunds take at most half of the places: PortOne may be slow, and buyers wait. */
const refundsMax = 16
/** What is still under way then when the service stops is looked at again by whoever runs next. */
const closingMs = 4_000

/**
 * Looks for due payments twice a second, at once again while more are due, and has at most 32 looks under way: a slow
 * one takes one place and lets the others pass. `close` waits for the looks under way, four seconds at most.
 */
export function checkUnsettledJob(deps: CheckUnsettledDeps): Job {
  const underWay = new Map<Promise<void>, Claimed['status']>()
  const look = (claimed: Claimed) => {
    const looking = checkUnsettled(deps, claimed).finally(() => underWay.delete(looking))
    underWay.set(looking, claimed.status)
  }
  const refundsUnderWay = () => [...underWay.values()].filter((status) => status === 'SUCCESS').length
  const job = startJob({
    name: 'check-unsettled',
    everyMs,
    log: deps.log,
    run: async (signal) => {
      while (!signal.aborted) {
        if (underWay.size >= looksMax) await Promise.race(underWay.keys())
        const free = looksMax - underWay.size
        const claimed = await claimDue(deps, free, refundsMax - refundsUnderWay())
        for (const one of claimed) look(one)
        if (claimed.length < free) return
      }
    },
  })
  return {
    close: async () => {
      await job.close()
      await Promise.race([Promise.all(underWay.keys()), pause(closingMs, null, { ref: false })])
    },
  }
}
