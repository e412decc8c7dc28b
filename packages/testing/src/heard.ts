import { waitUntil } from './wait-until.ts'

interface Answer {
  readonly statusCode: number
  json(): { readonly code?: unknown }
}

const overloadMaxMs = 40_000
const comeBackMs = 200

/**
 * Asks until the service has time to answer, 40 s at most. One that has too much to do (503 OVERLOADED) has not looked at the
 * request: in a process that is server and crowd at once, on a busy machine, that says nothing about the service.
 */
export async function heard<T extends Answer>(request: () => PromiseLike<T>): Promise<T> {
  const given = await waitUntil(
    async () => {
      const answer = await request()
      return answer.statusCode === 503 && answer.json().code === 'OVERLOADED' ? null : { answer }
    },
    { timeoutMs: overloadMaxMs, intervalMs: comeBackMs },
  )
  return given.answer
}
