import { randomInt } from 'node:crypto'
import type { Log } from '../log.ts'

export type Job = { close(): Promise<void> }

/**
 * Runs `run` again and again, `everyMs` after the end of the run before (± 10 %, so that replicas spread), first after
 * one such pause. Runs never overlap; an error is logged and the next run comes as planned. `close` waits for the run
 * that is under way, and tells it to hurry through the signal. As a function, `everyMs` is asked before each pause.
 */
export function startJob(options: {
  name: string
  everyMs: number | (() => number)
  log: Log
  run: (signal: AbortSignal) => Promise<unknown>
}): Job {
  const { name, log, run } = options
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> = Promise.resolve()

  const plan = () => {
    if (stop.signal.aborted) return
    const everyMs = typeof options.everyMs === 'number' ? options.everyMs : options.everyMs()
    const spreadMs = Math.floor(everyMs / 10)
    const pauseMs = everyMs + (spreadMs > 0 ? randomInt(-spreadMs, spreadMs + 1) : 0)
    timer = setTimeout(() => {
      current = runOnce().then(plan)
    }, pauseMs)
  }
  const runOnce = async () => {
    try {
      await run(stop.signal)
    } catch (error) {
      if (!stop.signal.aborted) log.error({ err: error, job: name }, 'job failed')
    }
  }
  plan()
  return {
    close: async () => {
      stop.abort()
      clearTimeout(timer)
      await current
    },
  }
}
