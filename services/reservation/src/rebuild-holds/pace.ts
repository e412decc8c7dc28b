import { setTimeout } from 'node:timers/promises'

/** How a long look at many holds shares the stores with buyers. */
export interface Pace {
  /** To be awaited between two steps: rests in proportion to the work since the rest before. */
  rest(): Promise<void>
  /** From now on there are no rests: something is to be mended, and buyers wait for that. */
  hurry(): void
}

export interface PaceOptions {
  /** Of all rests together, so that what comes last is not looked at much later. */
  readonly restsMaxMs: number
  /** Ends a rest. */
  readonly signal?: AbortSignal | undefined
  readonly nowMs?: () => number
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>
}

/** Work takes a fifth of the time. */
const restsPerWork = 4

/** Begins with the work before the first rest. */
export function createPace({
  restsMaxMs,
  signal,
  nowMs = () => performance.now(),
  pause = restFor,
}: PaceOptions): Pace {
  let leftMs = restsMaxMs
  let workedSinceMs = nowMs()
  return {
    rest: async () => {
      const restMs = Math.min(leftMs, restsPerWork * (nowMs() - workedSinceMs))
      leftMs -= restMs
      if (restMs > 0) await pause(restMs, signal)
      workedSinceMs = nowMs()
    },
    hurry: () => {
      leftMs = 0
    },
  }
}

const restFor = (ms: number, signal: AbortSignal | undefined) =>
  setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(endedEarly)

const endedEarly = () => {}
