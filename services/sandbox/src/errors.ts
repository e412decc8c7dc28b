import { defineErrors } from '@ticket-queue/service-kit'

/** The refusals of the sandbox's own calls; the providers' calls answer with the providers' errors. */
export const errors = defineErrors({
  ALREADY_PAID: { status: 409, title: 'This payment has been paid' },
  TOO_MANY_ATTEMPTS: { status: 409, title: 'This payment has been attempted too often' },
  AMOUNT_UNKNOWN: { status: 422, title: 'Nothing says what this payment costs: pre-register it or give totalAmount' },
  ID_TAKEN: { status: 409, title: 'There is one with this ID already' },
  SANDBOX_FULL: { status: 503, title: 'The sandbox keeps no more: POST /sandbox/reset' },
})
