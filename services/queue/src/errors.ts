import { defineErrors } from '@ticket-queue/service-kit'

/** Every refusal of the queue service. What a person reads is `title`; programs branch on the code. */
export const errors = defineErrors({
  SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule' },
  NOT_QUEUED: { status: 404, title: 'You hold no place in this queue: enter it first' },
  ALREADY_QUEUED_ELSEWHERE: { status: 409, title: 'You wait or shop in another schedule: leave that one first' },
  SALE_NOT_OPEN: { status: 409, title: 'This schedule is not on sale at this moment' },
  QUEUE_DRAINING: { status: 409, title: 'This queue takes in nobody else' },
  SOLD_OUT: { status: 409, title: 'Every seat of this schedule has been sold' },
  SALE_ENDED: { status: 409, title: 'The sale of this schedule is over' },
  CANCELLED: { status: 409, title: 'This schedule has been cancelled' },
  TICKET_INVALID: { status: 400, title: 'This ticket is not one of yours for this queue: ask without it' },
  PROOF_REQUIRED: {
    status: 403,
    title: 'Work is asked for before a place: enter again with the answer to the challenge',
  },
  PROOF_INVALID: { status: 400, title: 'This proof is not one of yours for this queue, or no longer: ask without it' },
  RATE_LIMITED: { status: 429, title: 'You ask too often: wait as long as the last answer advised' },
  STREAMS_FULL: {
    status: 503,
    title: 'No further stream can be opened here at this moment: ask for the status instead',
  },
  ORDER_UNKNOWN: { status: 503, title: 'The drawn order cannot be told at this moment: ask again shortly' },
  DRAW_NOT_FOUND: { status: 404, title: 'This schedule has no draw: first come, first served' },
  DRAW_EXISTS: { status: 409, title: 'This schedule has a draw already' },
  DRAW_WINDOW_INVALID: { status: 400, title: 'A pre-queue opens in the future and before the sale starts' },
  DRAW_NOT_CLOSED: { status: 409, title: 'The roster of this draw is still open' },
  DRAW_NOT_DRAWN: { status: 409, title: 'This draw has no order yet' },
  DRAW_NOT_PUBLISHED: { status: 409, title: 'This draw has not been published yet' },
  DRAW_SALE_RUNNING: { status: 409, title: 'The sale is not over: publishing would tell everybody’s position now' },
  DRAW_DECIDED: { status: 409, title: 'The order of this draw is known: it cannot be changed any more' },
  BEACON_NOT_AWAITED: { status: 409, title: 'This draw awaits no value of a beacon' },
  NOT_IN_ROSTER: { status: 404, title: 'You are not in the roster of this draw' },
  QUEUE_FULL: { status: 503, title: 'The queue is full at this moment: try again shortly' },
})
