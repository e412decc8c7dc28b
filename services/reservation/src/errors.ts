import { defineErrors } from '@ticket-queue/service-kit'

/** Every refusal of this service: stable code, status, public title. */
export const errors = defineErrors({
  QUEUE_TOKEN_MISSING: { status: 401, title: 'A queue token is needed: enter the waiting room first' },
  QUEUE_TOKEN_INVALID: { status: 401, title: 'The queue token is not valid: enter the waiting room again' },
  QUEUE_TOKEN_EXPIRED: { status: 401, title: 'The queue token has expired: enter the waiting room again' },
  QUEUE_TOKEN_MISMATCH: { status: 403, title: 'The queue token belongs to another person, schedule or step' },
  SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule' },
  RESERVATION_NOT_FOUND: { status: 404, title: 'There is no such reservation' },
  TICKET_NOT_FOUND: { status: 404, title: 'There is no such ticket' },
  TICKET_CODE_INVALID: { status: 400, title: 'This is no ticket code of ours' },
  TICKET_OF_OTHER_SCHEDULE: { status: 409, title: 'The ticket is for another show' },
  TICKET_EXPIRED: { status: 409, title: 'The code is too old: a picture of a ticket does not let anybody in' },
  TICKET_NOT_YET: { status: 409, title: 'The code is of a time to come' },
  ALREADY_USED: { status: 409, title: 'Somebody has come in with this ticket' },
  CANCELLED: { status: 409, title: 'The reservation of this ticket has been cancelled' },
  SEAT_UNKNOWN: { status: 400, title: 'A seat does not belong to this schedule' },
  SEAT_TAKEN: { status: 409, title: 'A seat has been taken by somebody else' },
  SEAT_LIMIT_EXCEEDED: { status: 409, title: 'At most four seats per reservation' },
  HOLD_EXISTS: { status: 409, title: 'You are already holding seats of this schedule' },
  SALE_NOT_OPEN: { status: 409, title: 'The sale is not open' },
  NOT_PENDING: { status: 409, title: 'The reservation is no longer waiting for payment' },
  PAYMENT_IN_PROGRESS: { status: 409, title: 'A payment for this reservation is being settled' },
  SAME_DAY_CANCEL: { status: 409, title: 'Tickets are not taken back on the day of the show' },
  CANCEL_CLOSED: { status: 409, title: 'The time for giving tickets back is over' },
  SEATS_UNDECIDED: { status: 503, title: 'Somebody else is taking these seats and has not finished: please try again' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'The service is not available at the moment' },
})
