import type { Metrics } from '@ticket-queue/service-kit'
import { Counter, Gauge } from 'prom-client'

export interface PublishingFigures {
  readonly published: Counter
  readonly lost: Counter
  readonly unreadable: Counter
  readonly failures: Counter
  readonly behind: Gauge
}

/** The figures of publishing what happens in queues. */
export const createPublishingFigures = (metrics: Metrics): PublishingFigures => {
  const registers = [metrics]
  return {
    published: new Counter({
      name: 'queue_events_published_total',
      help: 'Events of queues published by this process, repeats included.',
      registers,
    }),
    lost: new Counter({
      name: 'queue_events_lost_total',
      help: 'Log entries cut off before they were published.',
      registers,
    }),
    unreadable: new Counter({
      name: 'queue_events_unreadable_total',
      help: 'Log entries passed over because they could not be read.',
      registers,
    }),
    failures: new Counter({
      name: 'queue_events_publish_failures_total',
      help: 'Rounds of publishing that failed, Kafka being away for instance.',
      registers,
    }),
    behind: new Gauge({
      name: 'queue_events_behind_schedules',
      help: 'Schedules with events left to publish after the last round of this process.',
      registers,
    }),
  }
}
