import { problem } from '@ticket-queue/service-kit'
import { describeLetter, type Letter } from './domain/describe-dead-letter.ts'
import { errors } from './errors.ts'
import type { OrderOutcome } from './store/dead-letters.ts'

/** Gives the letter that an order is for, or throws why there can be none. */
export function answerOrder(outcome: OrderOutcome): Letter {
  if ('ordered' in outcome) return describeLetter(outcome.ordered)
  if (!('letter' in outcome)) throw problem(errors, outcome.refused)
  const { status: letterStatus, pending_action: pendingOrder } = outcome.letter
  throw problem(errors, outcome.refused, { letterStatus, ...(pendingOrder === null ? {} : { pendingOrder }) })
}
