/** How confirming has gone lately; times in ms of a clock that only goes forward. */
export interface LoadMeter {
  /** A confirmation begins; call what it gives with whether it ended well, for the buyer's reasons included. */
  begin(nowMs: number): (nowMs: number, ended: 'well' | 'badly') => void
  report(nowMs: number): {
    confirmations: number
    confirmP95Ms: number | null
    errorShare: number | null
    inFlight: number
  }
}

interface Ended {
  readonly atMs: number
  readonly tookMs: number
  readonly badly: boolean
}

const windowMs = 60_000
const endedMax = 20_000

/** Measures over the last minute, at most its 20,000 latest confirmations. */
export function createLoadMeter(): LoadMeter {
  let ended: Ended[] = []
  let inFlight = 0
  const keepLatest = (nowMs: number) => {
    ended = ended.filter(({ atMs }) => nowMs - atMs <= windowMs).slice(-endedMax)
  }
  return {
    begin(begunMs) {
      inFlight += 1
      return (nowMs, how) => {
        inFlight -= 1
        ended.push({ atMs: nowMs, tookMs: nowMs - begunMs, badly: how === 'badly' })
        if (ended.length > 2 * endedMax) keepLatest(nowMs)
      }
    },
    report(nowMs) {
      keepLatest(nowMs)
      const times = ended.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)
      const confirmations = times.length
      if (confirmations === 0) return { confirmations, confirmP95Ms: null, errorShare: null, inFlight }
      const p95 = times[Math.ceil(0.95 * confirmations) - 1] ?? null
      return {
        confirmations,
        confirmP95Ms: p95,
        errorShare: ended.filter(({ badly }) => badly).length / confirmations,
        inFlight,
      }
    },
  }
}
