import { setTimeout as wait } from 'node:timers/promises'

/** Waits `ms` milliseconds, or less when the signal is aborted; never throws. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined)
}

/** Gives the milliseconds to wait after failure number `failures` (from 1): doubling, bounded, with jitter so that replicas spread out. */
export function backoffMs(failures: number, limits: { readonly firstMs: number; readonly lastMs: number }): number {
  const ceiling = Math.min(limits.lastMs, limits.firstMs * 2 ** Math.min(failures - 1, 20))
  return ceiling / 2 + Math.random() * (ceiling / 2)
}

/** A wait that another part of the process can end early. A ring that nobody waits for is kept for the next wait. */
export interface Bell {
  ring(): void
  /** Whether the next wait ends at once. */
  isRung(): boolean
  wait(ms: number): Promise<void>
}

/** Gives a bell whose waits also end when `signal` is aborted. */
export function createBell(signal: AbortSignal): Bell {
  let rung = signal.aborted
  let endWait: () => void = () => undefined
  const ring = () => {
    rung = true
    endWait()
  }
  signal.addEventListener('abort', ring, { once: true })
  return {
    ring,
    isRung: () => rung,
    async wait(ms) {
      if (!rung) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, ms)
        endWait = resolve
        await promise
        clearTimeout(timer)
      }
      rung = signal.aborted
    },
  }
}

/** Gives the outcome of `work`, or throws Stopped when it is still open `graceMs` after the signal was aborted. */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const startGrace = () => {
    timer = setTimeout(() => reject(new Stopped('given up while closing')), graceMs)
  }
  if (signal.aborted) startGrace()
  else signal.addEventListener('abort', startGrace, { once: true })
  try {
    return await Promise.race([work, deadline])
  } finally {
    signal.removeEventListener('abort', startGrace)
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}

/** The wait was given up because its owner is closing. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** Does `work` at once and then again `everyMs` after it has ended, until closed; `work` deals with its own errors. */
export function repeatUntilClosed(everyMs: number, work: (signal: AbortSignal) => Promise<void>) {
  const stopping = new AbortController()
  const run = async () => {
    while (!stopping.signal.aborted) {
      await work(stopping.signal)
      await delay(everyMs, stopping.signal)
    }
  }
  const running = run()
  return {
    /** Resolves when the work in hand has ended. */
    async close(): Promise<void> {
      stopping.abort()
      await running
    },
  }
}
