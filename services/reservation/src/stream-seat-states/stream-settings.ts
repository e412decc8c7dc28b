import type { Patience } from '@ticket-queue/event-streams'

export interface SeatStreamSettings extends Patience {
  /** Pause between two looks after the streams: heartbeats, slow readers, tokens. */
  readonly roundMs: number
  /** How many streams this process holds. */
  readonly streamsMax: number
  readonly streamsPerPersonMax: number
  /** How long a queue token may have ended before its streams do, and one round. */
  readonly tokenCheckMs: number
  /** Over how long the ends of all streams are spread when the process stops; less than the 7 s after which they are broken off. */
  readonly drainMs: number
}

export const defaultSeatStreams: SeatStreamSettings = {
  roundMs: 1_000,
  streamsMax: 20_000,
  streamsPerPersonMax: 5,
  heartbeatMs: 15_000,
  tokenCheckMs: 3_000,
  behindMs: 30_000,
  drainMs: 5_000,
}
