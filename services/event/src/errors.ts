import { defineErrors } from '@ticket-queue/service-kit'

/** Every refusal of the event service. What a person reads is `title`; programs branch on the code. */
export const errors = defineErrors({
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  EVENT_NOT_FOUND: { status: 404, title: 'There is no such event' },
  HALL_NOT_FOUND: { status: 404, title: 'There is no such hall' },
  SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule' },
  VENUE_NOT_FOUND: { status: 404, title: 'There is no such venue' },
  EVENT_CANCELLED: { status: 409, title: 'The event has been cancelled' },
  EVENT_ENDED: { status: 409, title: 'The event is over' },
  HALL_IN_USE: { status: 409, title: 'A show to come uses the hall' },
  HALL_NAME_TAKEN: { status: 409, title: 'The venue already has a hall of this name' },
  HAS_RESERVATIONS: { status: 409, title: 'Seats of the event have been sold' },
  HALL_OF_OTHER_VENUE: { status: 409, title: 'The hall belongs to another venue' },
  PLAY_SEQUENCE_TAKEN: { status: 409, title: 'The event already has a schedule with this sequence number' },
  SALE_STARTED: { status: 409, title: 'This can no longer be changed: the sale has started' },
  TOO_MANY_SCHEDULES: { status: 409, title: 'The event already has as many schedules as it may have' },
  VERSION_CONFLICT: { status: 409, title: 'Somebody else has changed it meanwhile' },
  VENUE_IN_USE: { status: 409, title: 'The venue still has halls' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'The service is not available at the moment' },
})
