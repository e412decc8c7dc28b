import type { Books } from './books.ts'
import { eventRules } from './event-rules.ts'
import { moneyRules } from './money-rules.ts'
import { redisRules } from './redis-rules.ts'
import { seatRules } from './seat-rules.ts'

/** One thing that must hold: what was looked at and which rows break it, named so that a person finds them. */
export interface Finding {
  readonly examined: number
  readonly violations: readonly string[]
}

export interface Rule {
  readonly name: string
  readonly check: (books: Books) => Promise<Finding>
}

export interface CheckedRule extends Finding {
  readonly name: string
}

/** Every invariant of data.md that can be read off the books at rest. */
export const rules: readonly Rule[] = [...seatRules, ...moneyRules, ...eventRules, ...redisRules]

/** Checks the books once; meaningful when the system has settled (see `untilSettled`). */
export async function checkBooks(books: Books): Promise<CheckedRule[]> {
  const checked: CheckedRule[] = []
  for (const rule of rules) checked.push({ name: rule.name, ...(await rule.check(books)) })
  return checked
}
