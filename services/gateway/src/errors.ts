import { defineErrors } from '@ticket-queue/service-kit'

/** What the gateway itself refuses; every other refusal is a service's own and passes through unchanged. */
export const errors = defineErrors({
  INVALID_PATH: { status: 400, title: 'The path is not written in its one usual form' },
  UNAUTHENTICATED: { status: 401, title: 'Authentication is needed' },
  TOKEN_INVALID: { status: 401, title: 'The access token is not valid' },
  TOKEN_EXPIRED: { status: 401, title: 'The access token has expired' },
  QUEUE_TOKEN_MISSING: { status: 401, title: 'A queue token is needed' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  IDENTITY_UNVERIFIABLE: { status: 503, title: 'Access tokens cannot be checked at the moment' },
  USER_UNAVAILABLE: { status: 503, title: 'Accounts are not available at the moment' },
  EVENT_UNAVAILABLE: { status: 503, title: 'Events are not available at the moment' },
  QUEUE_UNAVAILABLE: { status: 503, title: 'The waiting room is not available at the moment' },
  RESERVATION_UNAVAILABLE: { status: 503, title: 'Reservations are not available at the moment' },
  PAYMENT_UNAVAILABLE: { status: 503, title: 'Payments are not available at the moment' },
  UPSTREAM_TIMEOUT: { status: 504, title: 'The answer took too long' },
})
