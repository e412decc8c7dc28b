import { type ProblemError, problem, ServiceCallError } from '@ticket-queue/service-kit'
import { errors } from './errors.ts'

/**
 * Gives the refusal for another service's failure: 503 SERVICE_UNAVAILABLE with Retry-After, whether it did not answer or
 * answered with what we cannot use, because for our caller both mean "later". Other errors come back as they are.
 */
export function unavailable(error: unknown): ProblemError | unknown {
  if (!(error instanceof ServiceCallError)) return error
  return problem(errors, 'SERVICE_UNAVAILABLE', { headers: { 'retry-after': '1' }, cause: error })
}
