import { type FaultKind, type FaultRule, matchesRequest } from '../domain/fault-rule.ts'

/** A rule with what it has done so far. */
export type ActiveFault = FaultRule & { readonly struck: number }

/** The misbehaviour now in force. */
export interface Faults {
  replace(rules: readonly FaultRule[]): void
  list(): ActiveFault[]
  /** The rules of these kinds that strike for this request, each counted once; a used-up rule no longer strikes. */
  strike(kinds: ReadonlySet<FaultKind>, method: string, path: string): FaultRule[]
}

/** `random` gives numbers from 0 up to 1, for the probabilities. */
export function createFaults(random: () => number): Faults {
  let active: { rule: FaultRule; struck: number }[] = []
  return {
    replace: (rules) => {
      active = rules.map((rule) => ({ rule, struck: 0 }))
    },
    list: () => active.map(({ rule, struck }) => ({ ...rule, struck })),
    strike: (kinds, method, path) => {
      const striking: FaultRule[] = []
      for (const fault of active) {
        const { rule } = fault
        if (!kinds.has(rule.kind) || fault.struck >= (rule.times ?? Number.POSITIVE_INFINITY)) continue
        if (!matchesRequest(rule.match, method, path) || random() >= rule.probability) continue
        fault.struck += 1
        striking.push(rule)
      }
      return striking
    },
  }
}
