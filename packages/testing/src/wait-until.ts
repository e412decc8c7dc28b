import { setTimeout as pause } from 'node:timers/promises'

/** How long to wait, and how long to pause between two looks. */
export interface WaitOptions {
  /** 5 s unless told otherwise. */
  timeoutMs?: number
  /** 20 ms unless told otherwise. */
  intervalMs?: number
}

/**
 * Looks again and again until `check` neither throws nor returns false or null, and gives what it returned. Rejects after
 * `timeoutMs` with the last error `check` threw as the cause.
 */
export async function waitUntil<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 5_000, intervalMs = 20 }: WaitOptions = {},
): Promise<Exclude<T, false | null>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let last: unknown = null
    try {
      const answer = await check()
      if (isAnswer(answer)) return answer
      last = new Error(`the check still gives ${answer}`)
    } catch (error) {
      last = error
    }
    if (performance.now() >= deadline) {
      const reason = last instanceof Error ? last.message : String(last)
      throw new Error(`Not so after ${timeoutMs} ms: ${reason}`, { cause: last })
    }
    await pause(intervalMs)
  }
}

function isAnswer<T>(answer: T): answer is Exclude<T, false | null> {
  return answer !== false && answer !== null
}
