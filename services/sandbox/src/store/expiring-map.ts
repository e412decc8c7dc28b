/** Values that are each kept for the same time; when it is full the oldest gives way. */
export interface ExpiringMap<T> {
  set(key: string, value: T): void
  get(key: string): T | undefined
  /** Gives the value and removes it: for what may be used once. */
  take(key: string): T | undefined
  clear(): void
}

/** `now` gives Unix ms. */
export function createExpiringMap<T>(options: {
  keptMs: number
  maxEntries: number
  now: () => number
}): ExpiringMap<T> {
  const entries = new Map<string, { value: T; endsAtMs: number }>()
  const { keptMs, maxEntries, now } = options
  const removeOld = () => {
    for (const [key, entry] of entries) {
      if (entries.size < maxEntries && entry.endsAtMs > now()) return
      entries.delete(key)
    }
  }
  const get = (key: string) => {
    const entry = entries.get(key)
    return entry && entry.endsAtMs > now() ? entry.value : undefined
  }
  return {
    set: (key, value) => {
      removeOld()
      entries.set(key, { value, endsAtMs: now() + keptMs })
    },
    get,
    take: (key) => {
      const value = get(key)
      entries.delete(key)
      return value
    },
    clear: () => entries.clear(),
  }
}
