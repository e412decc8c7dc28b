import { defineErrors } from '@ticket-queue/service-kit'

/** Every refusal of the queue service. What a person reads is `title`; programs branch on the code. */
export const errors = defineErrors({
  SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule' },
  NOT_QUEUED: { status: 404, title: 'You hold no place in this queue: enter it first' },
  ALREADY_QUEUED_ELSEWHERE: { status: 409, title: 'You wait or shop in another schedule: leave that one first' },
  SALE_NOT_OPEN: { status: 409, title: 'This schedule is not on sale at this moment' },
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
  QUEUE_FULL: { status: 503, title: 'The queue is full at this moment: try again shortly' },
})
