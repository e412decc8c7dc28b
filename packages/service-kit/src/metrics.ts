import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Where a service's figures are counted; the side port serves it at /metrics. */
export type Metrics = Registry

/** Gives a registry whose figures carry the service's name. `runtime` adds memory, event loop and garbage collection. */
export function createMetrics(service: string, options: { runtime?: boolean } = {}): Metrics {
  const metrics = new Registry()
  metrics.setDefaultLabels({ service })
  if (options.runtime === true) collectDefaultMetrics({ register: metrics })
  return metrics
}

/** Gives the one histogram of answered requests in seconds, shared by the public and the internal server of a process. */
export function requestDuration(metrics: Metrics): Histogram<'route' | 'method' | 'status'> {
  const name = 'http_request_duration_seconds'
  const existing = metrics.getSingleMetric(name)
  if (existing instanceof Histogram) return existing
  return new Histogram({
    name,
    help: 'Time to answer HTTP requests, by route pattern.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [metrics],
  })
}
