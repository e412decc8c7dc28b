/** Has admission look at a schedule's queue now; tells whether it has let in a user who has entered before. */
export type LetIn = (scheduleId: string, userId: string) => Promise<boolean>

/**
 * Gives a `LetIn` that looks at one schedule once at a time: who comes while it looks may be let in by that look, and else shares the
 * next one, so that a crowd that comes at once costs a few of them. It never rejects: who could not be let in waits, as everybody
 * else, for the next tick.
 */
export function createLetIn(
  admit: (scheduleId: string) => Promise<ReadonlySet<string>>,
  onError: (error: unknown, scheduleId: string) => void,
): LetIn {
  const looks = new Map<string, Promise<ReadonlySet<string>>>()
  const begin = (scheduleId: string) => {
    const look = admit(scheduleId)
      .catch((error: unknown) => {
        onError(error, scheduleId)
        return nobody
      })
      .finally(() => looks.delete(scheduleId))
    looks.set(scheduleId, look)
    return look
  }
  return async (scheduleId, userId) => {
    const goingOn = looks.get(scheduleId)
    if (goingOn && (await goingOn).has(userId)) return true
    // One that goes on by now has begun since, so that it sees everybody who waited here.
    const look = looks.get(scheduleId) ?? begin(scheduleId)
    return (await look).has(userId)
  }
}

const nobody: ReadonlySet<string> = new Set()
