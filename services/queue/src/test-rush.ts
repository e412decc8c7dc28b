import { setImmediate as afterOthers } from 'node:timers/promises'
import type { App } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'

export { afterOthers }

const atOnce = 20

type Answer = Awaited<ReturnType<App['inject']>>

const overloadMaxMs = 40_000
const comeBackMs = 200

/** For tests: asks until the service has time to answer. One that has too much to do (OVERLOADED) has not looked at the request. */
export const heard = (request: () => Promise<Answer>): Promise<Answer> =>
  waitUntil(
    async () => {
      const answer = await request()
      return answer.statusCode === 503 && answer.json().code === 'OVERLOADED' ? null : answer
    },
    { timeoutMs: overloadMaxMs, intervalMs: comeBackMs },
  )

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
