import type { Metrics } from '@ticket-queue/service-kit'
import { Counter, Gauge, Histogram } from 'prom-client'

/** Why a stream has ended. */
export type StreamEnd = 'admitted' | 'closed' | 'replaced' | 'behind' | 'drained' | 'gone'

export interface StreamFigures {
  readonly roundSeconds: Histogram
  readonly events: Counter<'event'>
  readonly dropped: Counter
  readonly ended: Counter<'end'>
}

/** The figures of the streams; `open` is asked whenever somebody reads them. */
export function createStreamFigures(metrics: Metrics, open: () => number): StreamFigures {
  const registers = [metrics]
  new Gauge({
    name: 'queue_streams_open',
    help: 'Event streams open on this process.',
    registers,
    collect() {
      this.set(open())
    },
  })
  return {
    roundSeconds: new Histogram({
      name: 'queue_stream_round_seconds',
      help: 'Time to read every schedule that is followed and to write what has changed to every stream.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    events: new Counter({
      name: 'queue_stream_events_total',
      help: 'Events written to streams.',
      labelNames: ['event'],
      registers,
    }),
    dropped: new Counter({
      name: 'queue_stream_dropped_total',
      help: 'Positions not written because the client had yet to take the one before.',
      registers,
    }),
    ended: new Counter({
      name: 'queue_streams_ended_total',
      help: 'Event streams that have ended, by reason.',
      labelNames: ['end'],
      registers,
    }),
  }
}
