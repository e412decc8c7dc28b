/** Where the stores of this vitest run are. */
export interface TestStack {
  /** Part of every name the run creates, so that runs that share a given server do not meet. */
  runId: string
  databaseUrl: string
  redisUrl: string
  kafkaBrokers: string[]
}
