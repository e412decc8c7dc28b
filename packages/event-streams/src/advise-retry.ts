const retryFromMs = 1_000
const retryToMs = 6_000

/** When a client that loses its stream is to come back, in ms: spread, because those who lose it lose it together. */
export const adviseRetry = (): number => Math.round(retryFromMs + Math.random() * (retryToMs - retryFromMs))
