import { join } from 'node:path'
import { readEventLoopDelayMs } from '../event-loop-delay.ts'
import type { Finding, Findings } from '../findings.ts'
import { atLeastRatio, atMost, fasterThan, halfOf } from '../judge.ts'
import { writeOwnParts } from '../people/mint-tokens.ts'
import { askOnceEach, everybodyAsks, everybodyAsksAt, medianOf } from './everybody-asks.ts'
import type { QueueDeps } from './queue-deps.ts'

/** What this part finds. */
export const statusThroughGatewayMeasures = {
  maximum: { id: 'P1', what: 'GET /queue/status through the gateway, granted/s', target: '≥ 0.65 G' },
  p95: { id: 'P1', what: 'the same at half of that, p95', target: '< 20 ms' },
  p99: { id: 'P1', what: 'the same at half of that, p99', target: '< 50 ms' },
  gatewayDelay: { id: 'P1', what: 'event-loop delay of the gateway then, p99', target: '≤ 30 ms' },
  queueDelay: { id: 'P1', what: 'event-loop delay of the queue service then, p99', target: '≤ 30 ms' },
} as const

/** P1: everybody who waits asks when told to, each with a token of one's own; first as fast as it goes, then at half of that. */
export async function statusThroughGateway(deps: QueueDeps): Promise<Findings> {
  const { gatewayUrl, scheduleId, machine, mint, say } = deps
  const ownPartsFile = join(deps.directory, 'status-requests.jsonl')
  writeOwnParts(ownPartsFile, deps.people, (userId) => ({ headers: { authorization: `Bearer ${mint.token(userId)}` } }))
  const job = {
    name: 'P1 status',
    url: `${gatewayUrl}/queue/status?scheduleId=${scheduleId}`,
    method: 'GET',
    headers: {},
    grantedStatus: 200,
    ownPartsFile,
  } as const
  // Who waits has entered through the gateway, which has known the token since; these people were put into the queue past it.
  say('P1: the gateway meets everybody')
  const first = await askOnceEach(deps, { ...job, name: 'P1 status, tokens not met before' })
  say('P1: status through the gateway, everybody once')
  const rounds = await everybodyAsks(deps, job)
  const maximum = medianOf(rounds)
  const base = { ratio: 0.65, name: 'G', perSecond: machine.minimalProxy.grantedPerSecond }
  const ratePerSecond = halfOf(maximum, base)
  say(`P1: status through the gateway, open loop at ${ratePerSecond}/s`)
  await eventLoopDelays(deps)
  const half = await everybodyAsksAt(deps, { ...job, name: 'P1 status at half' }, ratePerSecond)
  const delays = await eventLoopDelays(deps)
  const { maximum: most, p95, p99, gatewayDelay, queueDelay } = statusThroughGatewayMeasures
  const findings: Finding[] = [
    atLeastRatio(most, maximum, base),
    fasterThan(p95, half, 'p95', 20),
    fasterThan(p99, half, 'p99', 50),
    atMost(gatewayDelay, delays.gateway, 30, 'ms'),
    atMost(queueDelay, delays.queue, 30, 'ms'),
  ]
  return { findings, loads: [first, ...rounds, half], notes: [] }
}

const eventLoopDelays = async ({ system }: QueueDeps) => ({
  gateway: await readEventLoopDelayMs(system, 'gateway'),
  queue: await readEventLoopDelayMs(system, 'queue'),
})
