import { setImmediate as afterOthers } from 'node:timers/promises'

export { afterOthers }

const atOnce = 20

/**
 * For tests: so many requests, none of which waits for the answer to another. The process that sends them is the server too, and one
 * that stands still for a second refuses everybody (OVERLOADED): between every 20 it goes on answering.
 */
export async function rush<T>(count: number, request: (index: number) => Promise<T>): Promise<T[]> {
  const answers: Promise<T>[] = []
  for (let index = 0; index < count; index += 1) {
    answers.push(request(index))
    if (answers.length % atOnce === 0) await afterOthers()
  }
  return Promise.all(answers)
}
