interface Kept<T> {
  readonly value: Promise<T>
  readonly until: number
  settled: boolean
}

const entriesMax = 200

/**
 * Shares one read of a key among all who ask while it runs and until `keepMs` after it began. A read that fails is not
 * kept. The oldest of more than 200 keys is dropped.
 */
export function keepBriefly<T>(keepMs: number, read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const entries = new Map<string, Kept<T>>()
  const drop = (key: string, entry: Kept<T>) => {
    if (entries.get(key) === entry) entries.delete(key)
  }
  return (key) => {
    const found = entries.get(key)
    if (found && (!found.settled || found.until > performance.now())) return found.value
    const entry: Kept<T> = { value: read(key), until: performance.now() + keepMs, settled: false }
    entry.value.then(
      () => {
        entry.settled = true
      },
      () => drop(key, entry),
    )
    entries.delete(key)
    entries.set(key, entry)
    const [oldest] = entries.keys()
    if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest)
    return entry.value
  }
}
