import type { Log } from '../log.ts'

export type ReadinessReport = {
  ready: boolean
  state: 'starting' | 'running' | 'stopping'
  checks: Record<string, 'ok' | 'failed'>
}

/** What a service needs before it may be sent traffic. */
export type Readiness = {
  /** Adds a check that rejects, or takes longer than two seconds, when what it names is unusable. */
  add(name: string, check: () => Promise<unknown>): void
}

export type ReadinessState = Readiness & {
  started(): void
  stopping(): void
  report(): Promise<ReadinessReport>
}

const checkMs = 2000

/** Keeps the checks of one process. It is ready only between started() and stopping(), while every check passes. */
export function createReadiness(log: Log): ReadinessState {
  const checks = new Map<string, () => Promise<unknown>>()
  let state: ReadinessReport['state'] = 'starting'
  return {
    add: (name, check) => void checks.set(name, check),
    started: () => {
      if (state === 'starting') state = 'running'
    },
    stopping: () => {
      state = 'stopping'
    },
    report: async () => {
      const results = await Promise.all([...checks].map(([name, check]) => runCheck(name, check, log)))
      const ready = state === 'running' && results.every(([, result]) => result === 'ok')
      return { ready, state, checks: Object.fromEntries(results) }
    },
  }
}

async function runCheck(name: string, check: () => Promise<unknown>, log: Log): Promise<[string, 'ok' | 'failed']> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${checkMs} ms`)), checkMs)
  try {
    await Promise.race([check(), late])
    return [name, 'ok']
  } catch (error) {
    log.warn({ err: error, check: name }, 'readiness check failed')
    return [name, 'failed']
  } finally {
    clearTimeout(timer)
  }
}
