import type { PaymentRow } from '../store/payments.ts'

/** What every event of a payment tells of it. */
export const factsOf = (payment: PaymentRow) => ({
  paymentId: payment.id,
  reservationId: payment.reservation_id,
  userId: payment.user_id,
  scheduleId: payment.schedule_id,
  amount: payment.amount,
})
