import { z } from 'zod'

/** A state of one attempt to pay; what is given back later is told by the payment's cancellations. */
const attemptStatusSchema = z.enum(['READY', 'PAY_PENDING', 'PAID', 'FAILED'])

const failureSchema = z.object({ reason: z.string(), pgCode: z.string(), pgMessage: z.string() })

export const customerSchema = z.object({
  id: z.string().max(200).optional(),
  name: z.string().max(200).optional(),
  email: z.string().max(320).optional(),
  phoneNumber: z.string().max(40).optional(),
})

/** One opening of the payment window. Amounts in won. `confirmBeforeMs` is the end of the manual approval, Unix ms. */
export const attemptSchema = z.object({
  transactionId: z.string(),
  status: attemptStatusSchema,
  totalAmount: z.int(),
  taxFreeAmount: z.int(),
  currency: z.string(),
  channelType: z.enum(['TEST', 'LIVE']),
  channelKey: z.string(),
  orderName: z.string(),
  customer: customerSchema,
  customData: z.string().optional(),
  paymentToken: z.string().optional(),
  confirmBeforeMs: z.number().optional(),
  requestedAt: z.string(),
  statusChangedAt: z.string(),
  pgTxId: z.string().optional(),
  paidBy: z.enum(['window', 'confirm']).optional(),
  failure: failureSchema.optional(),
})

/** REQUESTED: taken by the card processor and not carried out yet; it may still fail. Nothing has gone back until it SUCCEEDED. */
export const cancellationSchema = z.object({
  id: z.string(),
  status: z.enum(['SUCCEEDED', 'REQUESTED', 'FAILED']).default('SUCCEEDED'),
  pgCancellationId: z.string(),
  totalAmount: z.int(),
  taxFreeAmount: z.int(),
  vatAmount: z.int(),
  reason: z.string(),
  requester: z.enum(['CUSTOMER', 'ADMIN']).optional(),
  cancelledAt: z.string(),
})

/** What pre-register fixed before any attempt. */
export const registrationSchema = z.object({
  totalAmount: z.int().optional(),
  taxFreeAmount: z.int().optional(),
  currency: z.string().optional(),
})

export type Attempt = z.infer<typeof attemptSchema>
export type Cancellation = z.infer<typeof cancellationSchema>
export type Registration = z.infer<typeof registrationSchema>
export type Customer = z.infer<typeof customerSchema>

/** One paymentId: many attempts, at most one of them PAID. Values are replaced, never changed in place. */
export interface Payment {
  readonly id: string
  readonly storeId: string
  /** Position in the order in which payments became known: the cursor of the list calls. */
  readonly sequence: number
  readonly createdAt: string
  readonly registration: Registration | null
  readonly attempts: readonly Attempt[]
  readonly cancellations: readonly Cancellation[]
  readonly noticeUrls: readonly string[]
}

export type PaymentStatus = z.infer<typeof attemptStatusSchema> | 'PARTIAL_CANCELLED' | 'CANCELLED'

/** The attempt that took the money, if one did. */
export function paidAttempt(payment: Payment): Attempt | undefined {
  return payment.attempts.find((attempt) => attempt.status === 'PAID')
}

/** The attempt the payment is known by: the paid one, else the latest. Undefined while it is only pre-registered. */
export function currentAttempt(payment: Payment): Attempt | undefined {
  return paidAttempt(payment) ?? payment.attempts.at(-1)
}

/** The cancellations by which money has gone back. */
export function succeeded(cancellations: readonly Cancellation[]): Cancellation[] {
  return cancellations.filter((cancellation) => cancellation.status === 'SUCCEEDED')
}

/** Won given back so far. */
export function cancelledAmount(payment: Payment): number {
  return sumOf(succeeded(payment.cancellations).map((cancellation) => cancellation.totalAmount))
}

/** PortOne's status of the payment; undefined before the first attempt, when PortOne does not know it yet. */
export function statusOf(payment: Payment): PaymentStatus | undefined {
  const paid = paidAttempt(payment)
  if (!paid) return payment.attempts.at(-1)?.status
  return statusOfPaid(paid, payment.cancellations)
}

/** Status of an attempt once its cancellations are counted in. */
export function statusOfPaid(paid: Attempt, cancellations: readonly Cancellation[]): PaymentStatus {
  const cancelled = sumOf(succeeded(cancellations).map((cancellation) => cancellation.totalAmount))
  if (cancelled === 0) return 'PAID'
  return cancelled === paid.totalAmount ? 'CANCELLED' : 'PARTIAL_CANCELLED'
}

/** Sum of whole won. */
export function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0)
}
