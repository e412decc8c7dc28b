import type { Log, Metrics } from '@ticket-queue/service-kit'
import CircuitBreaker from 'opossum'
import { Counter, Gauge } from 'prom-client'
import type { UpstreamName } from '../domain/upstreams.ts'

export type BreakerSettings = {
  /** How long an open breaker refuses before it lets one request try. */
  resetMs: number
  /** Failures count only from this many requests within the last ten seconds. */
  minimumRequests: number
}

/** What became of one request to a service: `failed` means no answer, or one that says the service itself is broken. */
export type Outcome = 'answered' | 'failed'

export type UpstreamBreaker = {
  /** Runs `send` unless the breaker is open; then `refuse` is called instead. Neither call throws into the caller. */
  run(send: () => Promise<Outcome>, refuse: (retryAfterSeconds: number) => void): void
  close(): void
}

/** Gives a breaker for one upstream (GW-006): it opens when more than half of the requests of ten seconds have failed. */
export function createBreaker(
  upstream: UpstreamName,
  settings: BreakerSettings,
  { log, metrics }: { log: Log; metrics: Metrics },
): UpstreamBreaker {
  const breaker = new CircuitBreaker(runToOutcome, {
    name: upstream,
    timeout: false,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 10_000,
    volumeThreshold: settings.minimumRequests,
    resetTimeout: settings.resetMs,
    enableSnapshots: false,
  })
  const { open, refusals } = breakerFigures(metrics)
  open.set({ upstream }, 0)
  breaker.on('open', () => {
    open.set({ upstream }, 1)
    log.error({ upstream }, 'breaker opened')
  })
  breaker.on('close', () => {
    open.set({ upstream }, 0)
    log.info({ upstream }, 'breaker closed')
  })
  return {
    run: (send, refuse) => {
      breaker.fire(send).catch((error: unknown) => {
        if (!(error instanceof Error) || !CircuitBreaker.isOurError(error)) return
        refusals.inc({ upstream })
        refuse(Math.ceil(settings.resetMs / 1000))
      })
    },
    close: () => breaker.shutdown(),
  }
}

async function runToOutcome(send: () => Promise<Outcome>): Promise<void> {
  if ((await send()) === 'failed') throw new Error('the upstream failed')
}

function breakerFigures(metrics: Metrics) {
  const name = { open: 'gateway_breaker_open', refusals: 'gateway_breaker_refusals_total' }
  const existing = { open: metrics.getSingleMetric(name.open), refusals: metrics.getSingleMetric(name.refusals) }
  if (existing.open instanceof Gauge && existing.refusals instanceof Counter) {
    return { open: existing.open, refusals: existing.refusals }
  }
  const labelNames = ['upstream']
  const registers = [metrics]
  return {
    open: new Gauge({ name: name.open, help: '1 while the breaker of an upstream refuses.', labelNames, registers }),
    refusals: new Counter({ name: name.refusals, help: 'Requests refused by an open breaker.', labelNames, registers }),
  }
}
