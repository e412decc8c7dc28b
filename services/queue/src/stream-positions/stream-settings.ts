import type { Patience } from '@ticket-queue/event-streams'

export interface StreamSettings extends Patience {
  /** Pause between two rounds. */
  readonly roundMs: number
  /** How many streams this process holds. */
  readonly streamsMax: number
  readonly streamsPerPersonMax: number
  /** How often the place of a streamed person is kept. */
  readonly renewMs: number
  /** Over how long the ends of all streams are spread when the process stops; less than the 7 s after which they are broken off. */
  readonly drainMs: number
}

export const defaultStreamSettings: StreamSettings = {
  roundMs: 1_000,
  streamsMax: 25_000,
  streamsPerPersonMax: 5,
  heartbeatMs: 15_000,
  renewMs: 60_000,
  behindMs: 30_000,
  drainMs: 5_000,
}
