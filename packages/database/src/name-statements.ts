const namedMax = 500
const candidatesMax = 2_000
const textLengthMax = 8_192
const namedAfterUses = 5

/** Names of the statements whose plans connections keep. */
export interface StatementNames {
  /** The name of a statement, or undefined while it is run too seldom to be worth a plan. */
  of(text: string): string | undefined
  /** Gives every statement another name from now on: what connections have kept is not used again. */
  renew(): void
}

/**
 * Names statements of which a pool has seen five uses (the threshold of PostgreSQL's own JDBC driver), at most 500 of them, so that
 * lists of varying length do not fill the servers' memory. PostgreSQL parses a named statement once a connection and, when that
 * is no worse, plans it once (its documentation of PREPARE).
 */
export function nameStatements(): StatementNames {
  const names = new Map<string, string>()
  const uses = new Map<string, number>()
  let given = 0
  return {
    of(text) {
      const name = names.get(text)
      if (name !== undefined) return name
      if (names.size === namedMax || text.length > textLengthMax) return undefined
      const used = (uses.get(text) ?? 0) + 1
      if (used < namedAfterUses) {
        if (uses.size === candidatesMax) uses.clear()
        uses.set(text, used)
        return undefined
      }
      uses.delete(text)
      given += 1
      names.set(text, `ticket_queue_${given}`)
      return names.get(text)
    },
    renew: () => names.clear(),
  }
}
