/** The steps of the road, in order, as the table lists them. */
export const steps = [
  'sign up',
  'log in',
  'enter queue',
  'wait for turn',
  'seat states',
  'hold',
  'open payment',
  'confirm',
  'ticket',
] as const
export type Step = (typeof steps)[number]

export type Ending = 'confirmed' | 'payment failed (as told)' | 'abandoned (as told)' | 'refused' | 'failed'

export interface Measures {
  /** Runs one step and keeps its time if it succeeds. */
  time<T>(step: Step, work: () => Promise<T>): Promise<T>
  /** A step that had to be asked again: how often, by step and code. */
  again(step: Step, code: string): void
  end(ending: Ending, detail?: string): void
  readonly durationsMs: ReadonlyMap<Step, number[]>
  readonly repeats: ReadonlyMap<string, number>
  readonly endings: ReadonlyMap<Ending, number>
  readonly details: ReadonlyMap<string, number>
}

/** Collects times and endings of all buyers of one run. */
export function createMeasures(): Measures {
  const durationsMs = new Map<Step, number[]>()
  const repeats = new Map<string, number>()
  const endings = new Map<Ending, number>()
  const details = new Map<string, number>()
  const count = <Key>(map: Map<Key, number>, key: Key) => map.set(key, (map.get(key) ?? 0) + 1)
  return {
    async time(step, work) {
      const begunAt = performance.now()
      const result = await work()
      const list = durationsMs.get(step) ?? []
      list.push(performance.now() - begunAt)
      durationsMs.set(step, list)
      return result
    },
    again: (step, code) => void count(repeats, `${step}: ${code}`),
    end(ending, detail) {
      count(endings, ending)
      if (detail !== undefined) count(details, `${ending}: ${detail}`)
    },
    durationsMs,
    repeats,
    endings,
    details,
  }
}

/** The value below which the given share of the values lies (nearest rank); NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
