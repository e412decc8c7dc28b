import type { System } from '@ticket-queue/scripts/system'

type Service = 'gateway' | 'queue' | 'event' | 'reservation'

/**
 * The p99 of a service's event-loop delay in ms since it was last asked for: reading it begins a new measurement. NaN if
 * the service does not tell.
 */
export async function readEventLoopDelayMs(system: System, service: Service): Promise<number> {
  const url = `http://127.0.0.1:${system.plan.ports[service] + 1000}/metrics`
  const text = await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text()
  const line = /^nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? (\S+)$/m.exec(text)
  return Number(line?.[1]) * 1_000
}
