/** Starts work after a pause, at most `atOnce` at a time; what is due and finds no place waits in order. */
export interface Timers {
  run(pauseMs: number, work: () => Promise<void>): void
  /** Forgets all work that has not begun. */
  clear(): void
}

export function createTimers(atOnce: number): Timers {
  const waiting = new Set<NodeJS.Timeout>()
  let due: (() => Promise<void>)[] = []
  let running = 0

  const startDue = () => {
    while (running < atOnce) {
      const work = due.shift()
      if (!work) return
      running += 1
      void work().finally(() => {
        running -= 1
        startDue()
      })
    }
  }
  return {
    run: (pauseMs, work) => {
      const timer = setTimeout(() => {
        waiting.delete(timer)
        due.push(work)
        startDue()
      }, pauseMs)
      waiting.add(timer)
    },
    clear: () => {
      for (const timer of waiting) clearTimeout(timer)
      waiting.clear()
      due = []
    },
  }
}
