export const upstreamNames = ['user', 'event', 'queue', 'reservation', 'payment'] as const

/** A service behind the gateway. */
export type UpstreamName = (typeof upstreamNames)[number]

/** How long an upstream may stay silent, and how much may be sent to it. */
export type Forwarding = {
  /** May have parameters. */
  prefix: string
  upstream: UpstreamName
  timeout: 'usual' | 'payment' | 'queue'
  /** A stream of events may be quiet for as long as nothing happens. */
  endless: boolean
  bodyLimitBytes: number
}

const megabyte = 1_048_576
const tenKilobytes = 10_240

/** The allow-list of what is forwarded where (GW-001, GW-007, GW-008, GW-014); anything else is 404. */
export const forwardings: readonly Forwarding[] = [
  { prefix: '/auth', upstream: 'user', timeout: 'usual', endless: false, bodyLimitBytes: tenKilobytes },
  { prefix: '/users', upstream: 'user', timeout: 'usual', endless: false, bodyLimitBytes: megabyte },
  { prefix: '/events', upstream: 'event', timeout: 'usual', endless: false, bodyLimitBytes: megabyte },
  { prefix: '/venues', upstream: 'event', timeout: 'usual', endless: false, bodyLimitBytes: megabyte },
  { prefix: '/queue', upstream: 'queue', timeout: 'queue', endless: false, bodyLimitBytes: megabyte },
  { prefix: '/queue/stream', upstream: 'queue', timeout: 'queue', endless: true, bodyLimitBytes: megabyte },
  { prefix: '/reservations', upstream: 'reservation', timeout: 'usual', endless: false, bodyLimitBytes: megabyte },
  {
    prefix: '/reservations/seats/:scheduleId/stream',
    upstream: 'reservation',
    timeout: 'usual',
    endless: true,
    bodyLimitBytes: megabyte,
  },
  {
    prefix: '/reservations/waiting-list/stream',
    upstream: 'reservation',
    timeout: 'usual',
    endless: true,
    bodyLimitBytes: megabyte,
  },
  { prefix: '/payments', upstream: 'payment', timeout: 'payment', endless: false, bodyLimitBytes: megabyte },
]
