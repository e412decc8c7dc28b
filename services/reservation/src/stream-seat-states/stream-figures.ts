import type { Metrics } from '@ticket-queue/service-kit'
import { Counter, Gauge, Histogram } from 'prom-client'

/** Why a stream has ended. */
export type StreamEnd = 'token' | 'replaced' | 'behind' | 'drained' | 'gone'

export interface StreamFigures {
  readonly tellSeconds: Histogram
  readonly events: Counter
  readonly dropped: Counter
  readonly ended: Counter<'end'>
}

/** The figures of the streams; `open` is asked whenever somebody reads them. */
export function createStreamFigures(metrics: Metrics, open: () => number): StreamFigures {
  const registers = [metrics]
  new Gauge({
    name: 'reservation_seat_streams_open',
    help: 'Streams of seat states open on this process.',
    registers,
    collect() {
      this.set(open())
    },
  })
  return {
    tellSeconds: new Histogram({
      name: 'reservation_seat_stream_tell_seconds',
      help: 'Time to write a change of seats to every stream of its schedule.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    }),
    events: new Counter({
      name: 'reservation_seat_stream_events_total',
      help: 'Events written to streams.',
      registers,
    }),
    dropped: new Counter({
      name: 'reservation_seat_stream_dropped_total',
      help: 'Changes not written because the client had yet to take the ones before: it is told all at once later.',
      registers,
    }),
    ended: new Counter({
      name: 'reservation_seat_streams_ended_total',
      help: 'Streams of seat states that have ended, by reason.',
      labelNames: ['end'],
      registers,
    }),
  }
}
