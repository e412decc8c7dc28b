import type { Metrics } from '@ticket-queue/service-kit'
import { Counter } from 'prom-client'

export interface SeatFigures {
  readonly looks: Counter
  readonly failures: Counter
}

/** The figures of following seats. */
export const createSeatFigures = (metrics: Metrics): SeatFigures => ({
  looks: new Counter({
    name: 'queue_seat_looks_total',
    help: 'Looks of this process at the seats of a schedule.',
    registers: [metrics],
  }),
  failures: new Counter({
    name: 'queue_seat_look_failures_total',
    help: 'Looks for which the event service gave no answer: what was known before stays.',
    registers: [metrics],
  }),
})
