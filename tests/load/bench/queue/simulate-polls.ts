import { type Percentiles, percentilesOf } from '../load/percentiles.ts'

export interface PollsResult {
  readonly pollsPerPerson: number
  /** From admission until the person's next poll tells. */
  readonly noticedAfterMs: Percentiles
}

/**
 * Counts the polls of a queue that is admitted at `perSecond`, person by person in virtual time: a person polls when
 * told, until a poll finds that the turn has come. `pollAfterMs` gives what is told to one with so many ahead.
 */
export function simulatePolls(waiting: number, perSecond: number, pollAfterMs: (ahead: number) => number): PollsResult {
  const noticedAfterMs: number[] = []
  let polls = 0
  for (let place = 0; place < waiting; place += 1) {
    const admittedAtMs = ((place + 1) * 1_000) / perSecond
    let atMs = 0
    while (atMs < admittedAtMs) {
      const ahead = place - Math.floor((atMs * perSecond) / 1_000)
      atMs += pollAfterMs(Math.max(0, ahead))
      polls += 1
    }
    noticedAfterMs.push(atMs - admittedAtMs)
  }
  return { pollsPerPerson: polls / waiting, noticedAfterMs: percentilesOf(noticedAfterMs) }
}
