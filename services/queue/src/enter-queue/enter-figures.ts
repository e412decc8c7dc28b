import type { Metrics } from '@ticket-queue/service-kit'
import { Counter } from 'prom-client'

export interface EnterFigures {
  readonly proofs: Counter<'outcome'>
  readonly limited: Counter
}

/** The figures of what is asked of people who enter. */
export const createEnterFigures = (metrics: Metrics): EnterFigures => ({
  proofs: new Counter({
    name: 'queue_entry_proofs_total',
    help: 'Proofs of work: asked for, accepted (given a place), refused (forged, foreign, expired or not done).',
    labelNames: ['outcome'],
    registers: [metrics],
  }),
  limited: new Counter({
    name: 'queue_entries_limited_total',
    help: 'Entries refused because their account had entered too often within a minute.',
    registers: [metrics],
  }),
})
