import { isConnectionError } from './errors.ts'

/** Does for one item what is done for several at once. */
export type InGroup<Item, Result> = (item: Item) => Promise<Result>

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  readonly late: NodeJS.Timeout
}

export interface GroupLimits {
  readonly itemsMax: number
  /** So many may be under way before others wait; by itself 1. A second one need not wait for the first one's commit, but is smaller. */
  readonly groupsAtOnce?: 1 | 2
  /** Of those who wait for a group to begin; who comes then is refused. */
  readonly waitingMax?: number
  /** How long anybody waits for a group to begin. */
  readonly waitMaxMs?: number
  /** Whether all of a group fail with this error, because it would meet each of them alone as well: by itself a database that is away. */
  readonly isForAll?: (error: unknown) => boolean
  /** After so long nobody waits for a group any more that is under way. */
  readonly slowMs?: number
}

/** So that groups that hang leave connections to others. */
const groupsMax = 3

/**
 * Gives a function that does `work` for an item: at once, with who asks in the same step of the event loop, if fewer than `groupsAtOnce`
 * are being done, else with all others who ask until one of them ends, at most `itemsMax` at a time. So the busier the database is, the
 * more callers share a statement and a commit, and who is alone waits for nobody. `work` does all items or none, and gives the result of
 * each in their order. A group that is refused is done again one by one, so that nobody fails for what another has asked. A group that
 * hangs holds nobody up for longer than `slowMs`: the next ones go beside it, up to three. Rejects as a database does that cannot be
 * reached (ETIMEDOUT) when too many wait, or one for too long: then nothing has been done for the item, and nothing will be.
 */
export function groupWork<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  {
    itemsMax,
    groupsAtOnce = 1,
    waitingMax = 1_000,
    waitMaxMs = 5_000,
    slowMs = 1_000,
    isForAll = isConnectionError,
  }: GroupLimits,
): InGroup<Item, Result> {
  const waiting = new Set<Waiting<Item, Result>>()
  let groups = 0
  let slowGroups = 0

  const answer = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await work(group.map(({ item }) => item))
      if (results.length !== group.length) throw new Error(`${results.length} results of ${group.length} items`)
      for (const [n, { resolve }] of group.entries()) resolve(results[n] as Result)
    } catch (error) {
      if (group.length === 1 || isForAll(error)) for (const { reject } of group) reject(error)
      else await Promise.all(group.map((one) => answer([one])))
    }
  }
  const begin = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    let isSlow = false
    groups += 1
    const slow = setTimeout(() => {
      isSlow = true
      slowGroups += 1
      goOn()
    }, slowMs)
    await answer(group)
    clearTimeout(slow)
    groups -= 1
    if (isSlow) slowGroups -= 1
    goOn()
  }
  const goOn = (): void => {
    while (waiting.size > 0 && groups - slowGroups < groupsAtOnce && groups < groupsMax) {
      const group = [...waiting].slice(0, itemsMax)
      for (const one of group) {
        waiting.delete(one)
        clearTimeout(one.late)
      }
      void begin(group)
    }
  }
  return (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    if (waiting.size >= waitingMax) return Promise.reject(tooLate(`${waitingMax} wait already`))
    const giveUp = () => {
      waiting.delete(one)
      reject(tooLate(`waited for ${waitMaxMs} ms`))
    }
    const one = { item, resolve, reject, late: setTimeout(giveUp, waitMaxMs) }
    waiting.add(one)
    queueMicrotask(goOn)
    return promise
  }
}

const tooLate = (why: string) =>
  Object.assign(new Error(`what is asked is done too slowly: ${why}`), { code: 'ETIMEDOUT' })
