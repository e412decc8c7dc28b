import { isConnectionError, isTransactionConflict } from '@ticket-queue/database'
import { causesOf, TransientError } from '../errors.ts'

/** Time-outs: of a statement, of a lock, of a transaction, of a call to another service. A message can be the reason for each. */
const timeOutCodes: ReadonlySet<string> = new Set(['57014', '55P03', '25P03', 'ABORT_ERR'])
/** A server read-only after a failover, or one whose disk fails. */
const passingCodes: ReadonlySet<string> = new Set(['25006', '58030'])
const passingCodeStarts = ['08', '53', '57P', 'UND_ERR_']

/**
 * Says whether an error lies in what a handler needs (database, network, another service) and not in the message:
 * such a message waits, as long as it takes unless the message may be to blame all the same.
 */
export const isPassing = (error: unknown): boolean =>
  causesOf(error).some((cause) => isAwayItself(cause) || isTimeOutItself(cause))

/**
 * Says whether a passing error may be the doing of the message after all: a time-out or a conflict, with nothing that says that
 * something is away.
 */
export const mayLieInMessage = (error: unknown): boolean =>
  !causesOf(error).some(isAwayItself) && causesOf(error).some(isTimeOutItself)

function isAwayItself(error: unknown): boolean {
  if (error instanceof TransientError || isConnectionError(error)) return true
  if (!(error instanceof Error)) return false
  if (error.name === 'MaxRetriesPerRequestError' || error.name.startsWith('KafkaJS')) return true
  const code = codeOf(error)
  return passingCodes.has(code) || passingCodeStarts.some((start) => code.startsWith(start))
}

function isTimeOutItself(error: unknown): boolean {
  if (isTransactionConflict(error)) return true
  return error instanceof Error && (error.name === 'TimeoutError' || timeOutCodes.has(codeOf(error)))
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')
