/** Has admission look at a schedule's queue now; gives the users whom it has let in. */
export type LetIn = (scheduleId: string) => Promise<ReadonlySet<string>>

/**
 * Gives a `LetIn` that looks at one schedule once at a time: all who ask while it looks share the next look, so that a crowd that
 * comes at once costs a few of them. It never rejects: who could not be let in waits, as everybody else, for the next tick.
 */
export function createLetIn(
  admit: (scheduleId: string) => Promise<ReadonlySet<string>>,
  onError: (error: unknown, scheduleId: string) => void,
): LetIn {
  const lanes = new Map<string, { readonly look: ReturnType<LetIn>; next?: ReturnType<LetIn> }>()
  const begin = (scheduleId: string): ReturnType<LetIn> => {
    const look = admit(scheduleId)
      .catch((error: unknown) => {
        onError(error, scheduleId)
        return nobody
      })
      .finally(() => {
        if (lanes.get(scheduleId)?.next === undefined) lanes.delete(scheduleId)
      })
    lanes.set(scheduleId, { look })
    return look
  }
  return (scheduleId) => {
    const lane = lanes.get(scheduleId)
    if (lane === undefined) return begin(scheduleId)
    lane.next ??= lane.look.then(() => begin(scheduleId))
    return lane.next
  }
}

const nobody: ReadonlySet<string> = new Set()
