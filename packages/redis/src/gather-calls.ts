interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gives for one item what `call` does for several: those of one turn of the event loop that have the same terms go to Redis together, so
 * that a crowd costs Redis and the process a fraction of what as many calls would. Who makes `itemsMax` full sends the call at once:
 * Redis answers it while the process reads further requests. `call` gives the results in the order of the items; all of a call fail
 * with it.
 */
export function gatherCalls<Item, Result>(
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
  { itemsMax, termsOf = () => '' }: { readonly itemsMax: number; readonly termsOf?: (item: Item) => string },
): (item: Item) => Promise<Result> {
  const gathered = new Map<string, Waiting<Item, Result>[]>()
  let isAwaited = false
  const sendAll = () => {
    isAwaited = false
    const groups = [...gathered.values()]
    gathered.clear()
    for (const group of groups) void answer(call, group)
  }
  return (item) =>
    new Promise((resolve, reject) => {
      const terms = termsOf(item)
      const group = gathered.get(terms) ?? []
      group.push({ item, resolve, reject })
      if (group.length >= itemsMax) {
        gathered.delete(terms)
        void answer(call, group)
        return
      }
      gathered.set(terms, group)
      if (isAwaited) return
      isAwaited = true
      setImmediate(sendAll)
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
