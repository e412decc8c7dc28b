import { paymentLoadSchema } from '@ticket-queue/contracts/http/payment'
import { type CallService, type Log, ServiceCallError } from '@ticket-queue/service-kit'
import type { LoadSignals } from '../domain/adapt-rate.ts'

/**
 * Gives a reader of how payments go. `away` if the payment service gives no answer, `unmeasured` without one to ask or if what it
 * answers is not its load.
 */
export function createPaymentLoadReader(payment: CallService | null, log: Log): () => Promise<LoadSignals['payment']> {
  return async () => {
    if (payment === null) return 'unmeasured'
    try {
      return await payment.get('/internal/load', paymentLoadSchema)
    } catch (err) {
      if (err instanceof ServiceCallError && err.unreachable) return 'away'
      log.warn({ err }, 'the payment service does not tell its load')
      return 'unmeasured'
    }
  }
}
