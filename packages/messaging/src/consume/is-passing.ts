import { isConnectionError, isTransactionConflict } from '@ticket-queue/database'
import { causesOf, TransientError } from '../errors.ts'

/** Time-outs, cancelled statements, a server short of resources or read-only after a failover. */
const passingCodes: ReadonlySet<string> = new Set(['57014', '55P03', '25006', '25P03', '58030', 'ABORT_ERR'])
const passingCodeStarts = ['08', '53', '57P', 'UND_ERR_']
const passingNames: ReadonlySet<string> = new Set(['MaxRetriesPerRequestError', 'TimeoutError'])

/**
 * Says whether an error lies in what a handler needs (database, network, another service) and not in the message:
 * such a message waits as long as it takes and is never given up.
 */
export const isPassing = (error: unknown): boolean => causesOf(error).some(isPassingItself)

function isPassingItself(error: unknown): boolean {
  if (error instanceof TransientError || isConnectionError(error) || isTransactionConflict(error)) return true
  if (!(error instanceof Error)) return false
  if (passingNames.has(error.name) || error.name.startsWith('KafkaJS')) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return passingCodes.has(code) || passingCodeStarts.some((start) => code.startsWith(start))
}
