import { keepBriefly } from './keep-briefly.ts'

export interface Kept<T> {
  /** An answer that is at most `keepMs` old: nobody who can have one waits while a newer one is read. */
  recent(key: string): Promise<T>
  /** An answer that is at most `freshMs` old, or the next one. */
  current(key: string): Promise<T>
}

const keysMax = 200

/** Shares reads as `keepBriefly` does, and keeps the last answer for those who can do with a somewhat older one. */
export function keepFresh<T>(
  { freshMs, keepMs }: { freshMs: number; keepMs: number },
  read: (key: string) => Promise<T>,
): Kept<T> {
  const latest = new Map<string, { value: T; readAtMs: number }>()
  const current = keepBriefly(freshMs, async (key) => {
    const readAtMs = performance.now()
    const value = await read(key)
    latest.delete(key)
    latest.set(key, { value, readAtMs })
    const [oldest] = latest.keys()
    if (latest.size > keysMax && oldest !== undefined) latest.delete(oldest)
    return value
  })
  return {
    current,
    recent: (key) => {
      const next = current(key)
      const known = latest.get(key)
      if (known === undefined || performance.now() - known.readAtMs > keepMs) return next
      // Whoever finds no answer young enough learns why there is none.
      next.catch(() => undefined)
      return Promise.resolve(known.value)
    },
  }
}
