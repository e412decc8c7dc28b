const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '57P01',
  '57P02',
  '57P03',
  '53300',
])

/** pg reports these without a code. */
const connectionMessages = [
  'Connection terminated',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
]

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** True if a unique constraint or index refused the row; with `constraint`, only if it was that one. */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  codeOf(error) === '23505' &&
  (constraint === undefined || (error instanceof Error && 'constraint' in error && error.constraint === constraint))

/**
 * True if the database could not be reached or went away: the work may be tried again later.
 * After a COMMIT it says nothing about whether the commit took effect.
 */
export const isConnectionError = (error: unknown): boolean => {
  if (error instanceof AggregateError && error.errors.some(isConnectionError)) return true
  const code = codeOf(error)
  if (code !== undefined && (connectionCodes.has(code) || code.startsWith('08'))) return true
  return error instanceof Error && connectionMessages.some((message) => error.message.includes(message))
}

/** True if a statement that a connection had prepared gives other columns since a migration: prepared anew it works. */
export const isStalePlan = (error: unknown): boolean =>
  codeOf(error) === '0A000' &&
  error instanceof Error &&
  error.message.includes('cached plan must not change result type')

/** True for a deadlock or a serialization failure: PostgreSQL has rolled back, and the same transaction may succeed now. */
export const isTransactionConflict = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === '40P01' || code === '40001'
}

/** True if two transactions wrote the same shared catalog row (roles and their settings), or both made the same role. */
export const isCatalogConflict = (error: unknown): boolean => {
  const code = codeOf(error)
  if (code === 'XX000') return error instanceof Error && error.message.includes('tuple concurrently')
  return code === '42710' || isUniqueViolation(error, 'pg_authid_rolname_index')
}
