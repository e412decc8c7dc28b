export interface StreamSettings {
  /** Pause between two rounds. */
  readonly roundMs: number
  /** How many streams this process holds. */
  readonly streamsMax: number
  readonly streamsPerPersonMax: number
  /** A stream is silent for no longer than this and one round. */
  readonly heartbeatMs: number
  /** How often the place of a streamed person is kept. */
  readonly renewMs: number
  /** How long a client may take nothing of what was written before it is given up. */
  readonly behindMs: number
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

const retryFromMs = 1_000
const retryToMs = 6_000

/** When a client that loses its stream is to come back, in ms: spread, because those who lose it lose it together. */
export const adviseRetry = (): number => Math.round(retryFromMs + Math.random() * (retryToMs - retryFromMs))
