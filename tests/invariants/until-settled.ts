import { setTimeout as pause } from 'node:timers/promises'
import type { Books } from './books.ts'
import { type CheckedRule, checkBooks } from './check-books.ts'
import type { Rule } from './rule.ts'

const everyMs = 500

/**
 * Checks again until every rule holds or `timeoutMs` is over, and gives the last findings: what is merely under way
 * passes, what stays broken is a violation. `extraRules` hold for this run only.
 */
export async function untilSettled(
  books: Books,
  timeoutMs: number,
  extraRules: readonly Rule[] = [],
): Promise<CheckedRule[]> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const checked = await checkBooks(books, extraRules)
    if (checked.every((rule) => rule.violations.length === 0) || performance.now() > deadline) return checked
    await pause(everyMs)
  }
}
