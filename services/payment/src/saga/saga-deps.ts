import type { InGroup } from '@ticket-queue/database'
import type { Kysely } from 'kysely'
import type { ChannelType } from '../domain/judge-payment.ts'
import type { Portone } from '../portone/portone.ts'
import type { AskReservation } from '../share-reservations.ts'
import type { Database } from '../store/database.ts'
import type { Read } from '../store/open-captures.ts'
import type { PaymentRow, SagaStep } from '../store/payments.ts'
import type { Succeeded, Success } from './write-success.ts'

export interface SagaDeps {
  readonly db: Kysely<Database>
  readonly portone: Portone
  /** What the reservation service is asked. */
  readonly reservation: AskReservation
  /** Where payments are opened now; each is judged by where it was opened. */
  readonly storeId: string
  readonly channelKey: string
  readonly channelType: ChannelType
  /** A payment with its open captures, for several at once. */
  readonly readPayment: InGroup<string, Read | null>
  /** `recordStep`, for steps of several payments at once. */
  readonly noteStep: InGroup<SagaStep, void>
  /** PENDING → SUCCESS, for several payments at once. */
  readonly markSuccess: InGroup<Success, Succeeded>
  /** Wakes the outbox relay after an outcome has been committed. */
  readonly wakeRelay: () => void
}

/** Where a payment stands after a look; `unreachable` says that PortOne's breaker is open. */
export type Settled =
  | { readonly state: 'SUCCESS' | 'FAILED' | 'REFUNDED'; readonly payment: PaymentRow }
  | { readonly state: 'PENDING'; readonly unreachable: boolean }
