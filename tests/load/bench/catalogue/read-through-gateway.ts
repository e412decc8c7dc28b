import { readEventLoopDelayMs } from '../event-loop-delay.ts'
import type { Finding, Findings } from '../findings.ts'
import { atLeastRatio, atMost, type Base, fasterThan, halfOf } from '../judge.ts'
import { runLoad } from '../load/run-load.ts'
import { warmUpSecondsOf } from '../machine/measure-machine.ts'
import type { CatalogueDeps } from './catalogue-deps.ts'

/** What this part finds. */
export const readThroughGatewayMeasures = {
  list: { id: 'P11', what: 'GET /events through the gateway, cached, granted/s', target: '≥ 0.65 G' },
  listP95: { id: 'P11', what: 'the same at half of that, p95', target: '< 15 ms' },
  event: { id: 'P11', what: 'GET /events/{id} through the gateway, cached, granted/s', target: '≥ 0.65 G' },
  eventP95: { id: 'P11', what: 'the same event at half of that, p95', target: '< 15 ms' },
  gatewayDelay: { id: 'P11', what: 'event-loop delay of the gateway at half, p99', target: '≤ 30 ms' },
  eventDelay: { id: 'P11', what: 'event-loop delay of the event service at half, p99', target: '≤ 30 ms' },
} as const

/** What browsers say: answers come compressed. */
export const browserHeaders = { 'accept-encoding': 'gzip, deflate, br, zstd' }

/** P11: the first page and one event, asked for by people who have not logged in; first as fast as it goes, then at half. */
export async function readThroughGateway(deps: CatalogueDeps): Promise<Findings> {
  const measures = readThroughGatewayMeasures
  const base = { ratio: 0.65, name: 'G', perSecond: deps.machine.minimalProxy.grantedPerSecond }
  const list = await maximumAndHalf(deps, base, { name: 'P11 list', path: '/events' })
  const event = await maximumAndHalf(deps, base, { name: 'P11 event', path: `/events/${deps.eventId}` })
  const findings: Finding[] = [
    atLeastRatio(measures.list, list.maximum, base),
    fasterThan(measures.listP95, list.half, 'p95', 15),
    atLeastRatio(measures.event, event.maximum, base),
    fasterThan(measures.eventP95, event.half, 'p95', 15),
    atMost(measures.gatewayDelay, Math.max(list.delays.gateway, event.delays.gateway), 30, 'ms'),
    atMost(measures.eventDelay, Math.max(list.delays.event, event.delays.event), 30, 'ms'),
  ]
  return { findings, loads: [list.maximum, list.half, event.maximum, event.half], notes: [] }
}

async function maximumAndHalf(
  deps: CatalogueDeps,
  base: Base,
  { name, path }: { readonly name: string; readonly path: string },
) {
  const { options, say } = deps
  const job = {
    url: `${deps.gatewayUrl}${path}`,
    method: 'GET',
    headers: browserHeaders,
    grantedStatus: 200,
    warmUpSeconds: warmUpSecondsOf(options.seconds),
  } as const
  say(`${name}: closed loop`)
  const { connections, seconds } = options
  const maximum = await runLoad({ ...job, name, loop: { kind: 'closed', connections, seconds } })
  const ratePerSecond = halfOf(maximum, base)
  say(`${name}: open loop at ${ratePerSecond}/s`)
  await eventLoopDelays(deps)
  const half = await runLoad({ ...job, name: `${name} at half`, loop: { kind: 'open', ratePerSecond, seconds } })
  return { maximum, half, delays: await eventLoopDelays(deps) }
}

const eventLoopDelays = async ({ system }: CatalogueDeps) => ({
  gateway: await readEventLoopDelayMs(system, 'gateway'),
  event: await readEventLoopDelayMs(system, 'event'),
})
