/** Does for one item what is done for several at once. */
export type InGroup<Item, Result> = (item: Item) => Promise<Result>

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gives a function that does `work` for an item: at once if nothing is being done, else with all others who ask meanwhile, at most
 * `itemsMax` at a time. So the busier the database is, the more callers share a statement and a commit, and who is alone waits for
 * nobody. `work` does all items or none, and gives the result of each in their order. A group that fails is done again one by one,
 * so that nobody fails for what another has asked.
 */
export function groupWork<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  { itemsMax }: { readonly itemsMax: number },
): InGroup<Item, Result> {
  const waiting: Waiting<Item, Result>[] = []
  let isWorking = false

  const answer = async (group: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await work(group.map(({ item }) => item))
      if (results.length !== group.length) throw new Error(`${results.length} results of ${group.length} items`)
      for (const [n, { resolve }] of group.entries()) resolve(results[n] as Result)
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error)
      else await Promise.all(group.map((one) => answer([one])))
    }
  }
  const goOn = async () => {
    isWorking = true
    while (waiting.length > 0) await answer(waiting.splice(0, itemsMax))
    isWorking = false
  }
  return (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    waiting.push({ item, resolve, reject })
    if (!isWorking) void goOn()
    return promise
  }
}
