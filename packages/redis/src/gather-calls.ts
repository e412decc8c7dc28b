interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gives for one item what `call` does for several: those of one turn of the event loop that have the same terms go to Redis in one call,
 * at most `itemsMax` of them, so that a crowd costs Redis and the process a fraction of what as many calls would. `call` gives the
 * results in the order of the items; all of a call fail with it.
 */
export function gatherCalls<Item, Result>(
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
  { itemsMax, termsOf = () => '' }: { readonly itemsMax: number; readonly termsOf?: (item: Item) => string },
): (item: Item) => Promise<Result> {
  let gathered = new Map<string, Waiting<Item, Result>[]>()
  const send = () => {
    const groups = gathered
    gathered = new Map()
    for (const group of groups.values()) {
      for (let from = 0; from < group.length; from += itemsMax) void answer(call, group.slice(from, from + itemsMax))
    }
  }
  return (item) =>
    new Promise((resolve, reject) => {
      if (gathered.size === 0) setImmediate(send)
      const terms = termsOf(item)
      const group = gathered.get(terms)
      if (group === undefined) gathered.set(terms, [{ item, resolve, reject }])
      else group.push({ item, resolve, reject })
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
