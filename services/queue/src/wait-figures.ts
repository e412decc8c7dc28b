import type { Metrics } from '@ticket-queue/service-kit'
import { Counter, Histogram } from 'prom-client'

export interface WaitFigures {
  readonly error: Histogram<'horizon'>
  readonly settled: Counter<'horizon' | 'verdict'>
  readonly givenUp: Counter<'reason'>
}

/** The figures of how true the waits were that people have been told. */
export const createWaitFigures = (metrics: Metrics): WaitFigures => ({
  error: new Histogram({
    name: 'queue_wait_actual_to_told_ratio',
    help: 'How long people waited, divided by the p50 they had been told; by how long that was.',
    labelNames: ['horizon'],
    buckets: [0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.25, 1.5, 2, 4],
    registers: [metrics],
  }),
  settled: new Counter({
    name: 'queue_waits_settled_total',
    help: 'Told waits that have come to their end: up to the p50 told, up to the p90, or over it.',
    labelNames: ['horizon', 'verdict'],
    registers: [metrics],
  }),
  givenUp: new Counter({
    name: 'queue_waits_given_up_total',
    help: 'Told waits that were followed no longer, because nobody could have foreseen what came, or there was nothing to see.',
    labelNames: ['reason'],
    registers: [metrics],
  }),
})
