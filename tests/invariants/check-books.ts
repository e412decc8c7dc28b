import type { Books } from './books.ts'
import { eventRules } from './event-rules.ts'
import { moneyRules } from './money-rules.ts'
import { redisRules } from './redis-rules.ts'
import type { Finding, Rule } from './rule.ts'
import { seatRules } from './seat-rules.ts'

export interface CheckedRule extends Finding {
  readonly name: string
}

/** Every invariant of data.md that can be read off the books at rest. */
export const rules: readonly Rule[] = [...seatRules, ...moneyRules, ...eventRules, ...redisRules]

/** Checks the books once; meaningful when the system has settled (see `untilSettled`). */
export async function checkBooks(books: Books, extraRules: readonly Rule[] = []): Promise<CheckedRule[]> {
  const checked: CheckedRule[] = []
  for (const rule of [...rules, ...extraRules]) checked.push({ name: rule.name, ...(await rule.check(books)) })
  return checked
}
