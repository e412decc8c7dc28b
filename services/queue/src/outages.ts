import type { Log } from '@ticket-queue/service-kit'

/** Work that is tried again and again, with the words for the log. */
interface Tried {
  /** What fails and goes on by itself. */
  readonly key: string
  readonly facts?: object
  readonly failing: string
  readonly again: string
}

/** Which work is failing at the moment. */
export interface Outages {
  /** Runs it. A failure is logged as it begins and when it has become another one, and its end once. Gives whether it went well. */
  watch(tried: Tried, run: () => Promise<unknown>): Promise<boolean>
}

const knownMax = 1_000

/** Gives a memory in which nothing fails yet; what failed longest ago is forgotten first. */
export function createOutages(log: Log): Outages {
  const failing = new Map<string, string>()
  return {
    watch: async ({ key, facts = {}, failing: failingText, again }, run) => {
      try {
        await run()
      } catch (err) {
        const reason = String(err)
        if (failing.get(key) !== reason) log.error({ err, ...facts }, failingText)
        failing.delete(key)
        failing.set(key, reason)
        const [oldest] = failing.keys()
        if (failing.size > knownMax && oldest !== undefined) failing.delete(oldest)
        return false
      }
      if (failing.delete(key)) log.info(facts, again)
      return true
    },
  }
}
