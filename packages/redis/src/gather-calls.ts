interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

export interface GatherLimits<Item> {
  readonly itemsMax: number
  /** Only items with equal terms go together. */
  readonly termsOf?: (item: Item) => string
  /** While so many calls are under way who asks waits for one of them to end; by itself nobody waits. */
  readonly callsAtOnce?: number
  /** For how long at most. */
  readonly waitMaxMs?: number
}

/**
 * Gives for one item what `call` does for several: those of one turn of the event loop that have the same terms go together, so that a
 * crowd costs a fraction of what as many calls would. Who makes `itemsMax` full sends the call at once: it is answered while the process
 * reads further requests. With `callsAtOnce` those who ask while as many calls are under way go together as well, as in Nagle's algorithm
 * (RFC 896): who is alone waits for nobody, and a call that hangs holds nobody up for longer than `waitMaxMs`. `call` gives the results
 * in the order of the items; all of a call fail with it.
 */
export function gatherCalls<Item, Result>(
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
  { itemsMax, termsOf = () => '', callsAtOnce = Number.POSITIVE_INFINITY, waitMaxMs = 0 }: GatherLimits<Item>,
): (item: Item) => Promise<Result> {
  const gathered = new Map<string, Waiting<Item, Result>[]>()
  let underWay = 0
  let isTurnAwaited = false
  let late: NodeJS.Timeout | null = null

  const begin = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    underWay += 1
    await answer(call, group)
    underWay -= 1
    if (late !== null && underWay < callsAtOnce) sendAll()
  }
  const sendAll = () => {
    if (late !== null) clearTimeout(late)
    late = null
    const groups = [...gathered.values()]
    gathered.clear()
    for (const group of groups) void begin(group)
  }
  const endTurn = () => {
    isTurnAwaited = false
    if (gathered.size === 0) return
    if (underWay < callsAtOnce) sendAll()
    else late ??= setTimeout(sendAll, waitMaxMs)
  }
  return (item) =>
    new Promise((resolve, reject) => {
      const terms = termsOf(item)
      const group = gathered.get(terms) ?? []
      group.push({ item, resolve, reject })
      if (group.length >= itemsMax) {
        gathered.delete(terms)
        void begin(group)
        return
      }
      gathered.set(terms, group)
      if (isTurnAwaited) return
      isTurnAwaited = true
      setImmediate(endTurn)
    })
}

async function answer<Item, Result>(
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
  group: readonly Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await call(group.map(({ item }) => item))
    if (results.length !== group.length) throw new Error(`${results.length} results of ${group.length} items`)
    for (const [n, { resolve }] of group.entries()) resolve(results[n] as Result)
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}
