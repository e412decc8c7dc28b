import { setTimeout as delay } from 'node:timers/promises'

/** Looks one after the other, each shared by all who wait for it. */
export interface PacedLooks {
  /** Whether the last look is older than the pause between two. */
  isStale(): boolean
  /** The look under way, or one that begins now. */
  now(): Promise<void>
  /** A look that begins after a quarter of the pause since the last one. */
  soon(): Promise<void>
  /** Goes on looking by itself, if that is wanted. */
  goOn(): void
  close(): void
}

/** Looks that take long come less often, so that they take at most a fifth of the time; but never as rarely as each second. */
const pauseShare = 4
const pauseMaxMs = 500
const soonShare = 0.25
const spareMs = 50

/**
 * Calls `look` when it is asked for, and every `lookMs` while `isWanted` says so. The last look counts as just done. What
 * fails while nobody waits is told to `onError`.
 */
export function paceLooks(options: {
  readonly lookMs: number
  readonly look: () => Promise<void>
  readonly isWanted: () => boolean
  readonly onError: (error: unknown) => void
}): PacedLooks {
  const { lookMs, look, isWanted, onError } = options
  let lookedAtMs = performance.now()
  let pauseMs = lookMs
  let looking: Promise<void> | null = null
  let waiting: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const lookOnce = async () => {
    const beganAtMs = performance.now()
    try {
      await look()
      lookedAtMs = beganAtMs
    } finally {
      pauseMs = Math.max(lookMs, Math.min((performance.now() - beganAtMs) * pauseShare, pauseMaxMs))
      looking = null
      goOn()
    }
  }
  const now = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    looking ??= lookOnce()
    return looking
  }
  const lookLater = async () => {
    try {
      await delay(Math.max(0, pauseMs * soonShare - (performance.now() - lookedAtMs)))
      await now()
    } finally {
      waiting = null
    }
  }
  function goOn(): void {
    if (isClosed || timer !== undefined || looking !== null || !isWanted()) return
    timer = setTimeout(() => void now().catch(onError), pauseMs).unref()
  }
  return {
    isStale: () => performance.now() - lookedAtMs > pauseMs + spareMs,
    now,
    soon: () => {
      waiting ??= lookLater()
      return waiting
    },
    goOn,
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
