import { setImmediate as afterOthers } from 'node:timers/promises'

const sliceSize = 500

/** Does `work` for each, and lets everything else in the process have its turn after every 500. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0
  for (const item of items) {
    work(item)
    done += 1
    if (done % sliceSize === 0) await afterOthers()
  }
}
