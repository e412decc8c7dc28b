import type { Finding, Measured } from './findings.ts'
import type { LoadResult } from './load/job.ts'
import type { Percentiles } from './load/percentiles.ts'

/** Of everything that was to be done: more than this refused, failed or dropped, and the load shows nothing. */
const lostShareMax = 0.001

/** Share of a load that was not granted. */
export function lostShare({ granted, refused, failed, dropped }: LoadResult): number {
  const all = granted + refused + failed + dropped
  return all === 0 ? 1 : (all - granted) / all
}

/** What a bare program gives, and which part of it shall be reached. */
export interface Base {
  readonly ratio: number
  readonly name: string
  readonly perSecond: number
}

/**
 * The rate at which latencies are judged: half of the throughput that shall be reached (performance.md: "at half of that"), or half of
 * the maximum where that is less.
 */
export const halfOf = ({ grantedPerSecond }: LoadResult, { ratio, perSecond }: Base): number =>
  Math.max(1, Math.floor(Math.min(grantedPerSecond, ratio * perSecond) / 2))

/** The bare Fastify of the machine on which the figures in brackets were set (performance.md). */
const bracketsFastifyPerSecond = 68_800

/**
 * What a figure in brackets would be on this machine by F: where work is bound by the processor and the target is a ratio to D, a
 * machine whose disk is fast for its processor is asked for more than that figure.
 */
export function byFastify(id: string, bracketPerSecond: number, load: LoadResult, bareFastify: LoadResult): string {
  const here = (bracketPerSecond * bareFastify.grantedPerSecond) / bracketsFastifyPerSecond
  const share = load.grantedPerSecond / here
  return `${id}: by F, ${whole(bracketPerSecond)}/s where F is ${whole(bracketsFastifyPerSecond)} are ${whole(here)}/s here; reached ${share.toFixed(2)} of it`
}

/** A throughput that shall reach a ratio of what the machine gives to a bare program. */
export function atLeastRatio(measured: Measured, load: LoadResult, base: Base): Finding {
  const ratio = load.grantedPerSecond / base.perSecond
  return {
    ...measured,
    wanted: `${whole(base.ratio * base.perSecond)}/s`,
    reached: `${ratio.toFixed(2)} ${base.name}: ${whole(load.grantedPerSecond)}/s`,
    met: ratio >= base.ratio && lostShare(load) <= lostShareMax,
    value: load.grantedPerSecond,
  }
}

/** A percentile of a load that shall stay below a limit; a load that has lost requests does not count as fast. */
export function fasterThan(measured: Measured, load: LoadResult, share: keyof Percentiles, limitMs: number): Finding {
  const reachedMs = load.latencyMs[share]
  const lost = lostShare(load)
  return {
    ...measured,
    wanted: `< ${limitMs} ms`,
    reached: `${reachedMs.toFixed(1)} ms${lost > lostShareMax ? `, ${(lost * 100).toFixed(1)} % lost` : ''}`,
    met: reachedMs < limitMs && lost <= lostShareMax,
    value: reachedMs,
  }
}

/** A figure that shall not exceed a limit of the same unit. */
export function atMost(measured: Measured, reached: number, limit: number, unit: string): Finding {
  return {
    ...measured,
    wanted: `≤ ${short(limit)} ${unit}`,
    reached: `${short(reached)} ${unit}`,
    met: reached <= limit,
    value: reached,
  }
}

/** A figure that shall not fall below a limit of the same unit. */
export function atLeast(measured: Measured, reached: number, limit: number, unit: string): Finding {
  return {
    ...measured,
    wanted: `≥ ${short(limit)}${unit}`,
    reached: `${short(reached)}${unit}`,
    met: reached >= limit,
    value: reached,
  }
}

/** Something that cannot be measured yet: said, and not counted. */
export function notMeasured(measured: Measured, why: string): Finding {
  return { ...measured, wanted: '', reached: why, met: null, value: null }
}

const whole = (value: number) => Math.round(value).toLocaleString('en')
const short = (value: number) => (Math.abs(value) >= 100 ? whole(value) : String(Number(value.toPrecision(3))))
