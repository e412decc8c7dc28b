import { defineErrors } from '@ticket-queue/service-kit'

/** Said wherever an answer leaves a buyer in doubt (GW-017), in Korean and English. */
export const doNotPayTwice =
  '결제가 처리 중일 수 있습니다. 다시 결제하지 말고 예매 내역을 확인해 주세요. / Your payment may be in progress: do not pay again, look at your reservations first.'

/** Every refusal of this service: stable code, status, public title. */
export const errors = defineErrors({
  QUEUE_TOKEN_MISSING: { status: 401, title: 'A payment token is needed: hold seats first' },
  QUEUE_TOKEN_INVALID: { status: 401, title: 'The payment token is not valid' },
  QUEUE_TOKEN_EXPIRED: { status: 401, title: 'The payment token has expired: enter the waiting room again' },
  QUEUE_TOKEN_MISMATCH: { status: 403, title: 'The payment token belongs to another person, reservation or step' },
  RESERVATION_NOT_FOUND: { status: 404, title: 'There is no such reservation' },
  PAYMENT_NOT_FOUND: { status: 404, title: 'There is no such payment' },
  RESERVATION_NOT_PAYABLE: { status: 409, title: 'The reservation can no longer be paid: its hold is over' },
  AMOUNT_MISMATCH: { status: 400, title: 'The amount is not that of the reservation' },
  IDEMPOTENCY_KEY_REUSED: { status: 409, title: 'This payment key has been used for another request' },
  PAYMENT_EXISTS: { status: 409, title: 'There is a payment for this reservation already' },
  PAYMENT_MISMATCH: { status: 409, title: 'Payment, reservation and payment key do not belong together' },
  PAYMENT_TOKEN_UNEXPECTED: {
    status: 400,
    title: 'Payments are captured in the payment window here: send no payment token',
  },
  PAYMENT_FAILED: {
    status: 409,
    title: 'The payment has failed: what has been charged, if anything, goes back in full',
  },
  PAYMENT_REFUNDED: { status: 409, title: 'The payment has been refunded' },
  DEAD_LETTER_NOT_FOUND: { status: 404, title: 'There is no such dead letter' },
  DEAD_LETTER_PARKED: { status: 409, title: 'The message waits behind an open dead letter of its key: that one first' },
  DEAD_LETTER_CLOSED: { status: 409, title: 'The dead letter has been replayed or discarded already' },
  DEAD_LETTER_ORDERED: { status: 409, title: 'Something else has been ordered for the dead letter: cancel that first' },
  DEAD_LETTER_NEEDED: {
    status: 409,
    title:
      'Money or seats hang on the dead letter: have it replayed, or first give the money back in the console of the payment provider',
  },
  SIGNATURE_INVALID: { status: 401, title: 'The webhook is not signed by PortOne' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'The service is not available at the moment' },
  PORTONE_UNAVAILABLE: { status: 503, title: 'The payment provider cannot be reached at the moment' },
})
