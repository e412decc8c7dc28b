import type { Metrics } from '@ticket-queue/service-kit'
import { Counter } from 'prom-client'

export interface RateFigures {
  readonly decisions: Counter<'cause' | 'outcome'>
}

/** The figures of adapting rates. */
export const createRateFigures = (metrics: Metrics): RateFigures => ({
  decisions: new Counter({
    name: 'queue_rate_decisions_total',
    help: 'Decisions of this process on admission rates, by why and by what became of them.',
    labelNames: ['cause', 'outcome'],
    registers: [metrics],
  }),
})
