/**
 * Thrown by a handler when the message can never be applied, however often it is tried:
 * it goes straight to the dead letters, and the messages behind it go on.
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError'
}

/**
 * Thrown by a handler when something it needs is away (another service, Redis, PortOne):
 * the message is at no fault, so it waits and is tried again without end.
 */
export class TransientError extends Error {
  override readonly name = 'TransientError'
}

/** Gives the error and what caused it, outermost first. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let cause = error; cause !== undefined && cause !== null && !causes.includes(cause); cause = causeOf(cause)) {
    causes.push(cause)
  }
  return causes
}

/** Gives an error as one line for a row, a header or a log field, at most 1,000 characters. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replaceAll('\u0000', '').slice(0, 1000)
}

const causeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
