import bcrypt from 'bcrypt'

export interface PasswordHasherConfig {
  /** bcrypt's logarithm of rounds. */
  readonly cost: number
  /** Hashes at work at once: each one keeps a thread busy for a quarter of a second at cost 12. */
  readonly concurrency: number
  /** Callers who wait for their turn; who comes after them is told that we are busy. */
  readonly waitingMax: number
}

export interface PasswordHasher {
  /** Gives the hash, or `busy` when too many wait already. */
  hash(password: string): Promise<{ readonly kind: 'hashed'; readonly hash: string } | { readonly kind: 'busy' }>
  /** Compares; with `null` (no such account) it does the same work and says `wrong`. */
  compare(password: string, hash: string | null): Promise<'right' | 'wrong' | 'busy'>
}

/**
 * Gives bcrypt behind a bounded queue (AUTH-014): the hashes share a small pool of threads with DNS and files,
 * so that a rush of log-ins must wait here and not there.
 */
export const createPasswordHasher = async (config: PasswordHasherConfig): Promise<PasswordHasher> => {
  const takeTurn = createTurns(config.concurrency, config.waitingMax)
  const nobodysHash = await bcrypt.hash('the password of nobody', config.cost)
  return {
    hash: async (password) => {
      const done = await takeTurn(() => bcrypt.hash(password, config.cost))
      return done.kind === 'busy' ? done : { kind: 'hashed', hash: done.result }
    },
    compare: async (password, hash) => {
      const done = await takeTurn(() => bcrypt.compare(password, hash ?? nobodysHash))
      if (done.kind === 'busy') return 'busy'
      return done.result && hash !== null ? 'right' : 'wrong'
    },
  }
}

type Turn = <T>(work: () => Promise<T>) => Promise<{ kind: 'done'; result: T } | { kind: 'busy' }>

const createTurns = (concurrency: number, waitingMax: number): Turn => {
  const waiting: (() => void)[] = []
  let working = 0
  return async (work) => {
    if (working >= concurrency) {
      if (waiting.length >= waitingMax) return { kind: 'busy' }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      working += 1
    }
    try {
      return { kind: 'done', result: await work() }
    } finally {
      const next = waiting.shift()
      if (next) next()
      else working -= 1
    }
  }
}
