import { setTimeout as pause } from 'node:timers/promises'

const stepMs = 50

/**
 * Calls `end` for every item, in an order nobody could foresee and evenly over `drainMs`, so that those who come back to
 * another replica do not come all at once.
 */
export async function spreadOver<T>(items: readonly T[], drainMs: number, end: (item: T) => void): Promise<void> {
  const left = items.map((item) => ({ item, order: Math.random() })).toSorted((one, other) => one.order - other.order)
  const beganAt = performance.now()
  let ended = 0
  while (ended < left.length) {
    await pause(stepMs)
    const share = Math.min((performance.now() - beganAt) / drainMs, 1)
    for (const { item } of left.slice(ended, Math.ceil(left.length * share))) end(item)
    ended = Math.ceil(left.length * share)
  }
}
