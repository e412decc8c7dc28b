import type { Metrics } from '@ticket-queue/service-kit'
import { Counter, Gauge, Histogram } from 'prom-client'
import { drawsUnderWay } from '../known-draws.ts'
import type { DrawDeps } from '../place-in-draw.ts'

export interface DrawFigures {
  readonly failures: Counter
  readonly lateSeconds: Histogram
}

const statuses = ['COMMITTED', 'CLOSED', 'DRAWN', 'PUBLISHED', 'VOID'] as const

/** The figures of draws. */
export function createDrawFigures(metrics: Metrics, { draws, rosters }: DrawDeps): DrawFigures {
  const registers = [metrics]
  new Gauge({
    name: 'queue_draws',
    help: 'Draws of the last 30 days and to come, as this process knows them, by how far they are.',
    labelNames: ['status'],
    registers,
    collect() {
      for (const status of statuses) {
        this.set({ status }, draws.all().filter((draw) => draw.status === status).length)
      }
    },
  })
  new Gauge({
    name: 'queue_draw_rosters_missing',
    help: 'Draws closed within a day whose roster this process has not in memory: nobody is told a place in them by it.',
    registers,
    collect() {
      this.set(draws.hasHeard() ? drawsUnderWay(draws).filter((draw) => rosters.loaded(draw) === null).length : 0)
    },
  })
  return {
    failures: new Counter({
      name: 'queue_draw_failures_total',
      help: 'Rounds in which a draw could not go on, PostgreSQL being away for instance.',
      registers,
    }),
    lateSeconds: new Histogram({
      name: 'queue_draw_close_lag_seconds',
      help: 'How long after T-0 this process has closed a roster: until then nobody is admitted.',
      buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
  }
}
