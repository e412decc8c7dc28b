import { join } from 'node:path'
import { statusPollsMax, toldStatusesSchema } from '@ticket-queue/contracts/http/queue'
import type { Findings } from '../findings.ts'
import { atLeastRatio } from '../judge.ts'
import { writeOwnParts } from '../people/mint-tokens.ts'
import { everybodyAsks, medianOf } from './everybody-asks.ts'
import type { QueueDeps } from './queue-deps.ts'

/** What this part finds. */
export const statusAloneMeasures = {
  maximum: { id: 'P3', what: 'queue service alone, status, granted/s', target: '≥ 0.40 F' },
  together: { id: 'P3', what: 'the same, sixteen to a call as the gateway asks, places/s', target: '≥ 0.40 F' },
} as const

/** P3: the same question as P1, put to the queue service as the gateway puts it. */
export async function statusAlone(deps: QueueDeps): Promise<Findings> {
  const { queueUrl, scheduleId, machine } = deps
  const ownPartsFile = join(deps.directory, 'status-alone-requests.jsonl')
  writeOwnParts(ownPartsFile, deps.people, (userId) => ({ headers: deps.asGateway(userId) }))
  deps.say('P3: the queue service alone, status, everybody once')
  const rounds = await everybodyAsks(deps, {
    name: 'P3 status, queue service alone',
    url: `${queueUrl}/queue/status?scheduleId=${scheduleId}`,
    method: 'GET',
    headers: {},
    grantedStatus: 200,
    ownPartsFile,
  })
  deps.say('P3: the same, sixteen to a call')
  const callsFile = join(deps.directory, 'statuses-alone-requests.jsonl')
  writeOwnParts(callsFile, inCalls(deps.people), (userIds) => ({
    body: JSON.stringify({ polls: userIds.split(' ').map((userId) => ({ userId, scheduleId })) }),
  }))
  const calls = await everybodyAsks(deps, {
    name: 'P3 statuses, sixteen to a call',
    url: `${deps.queueInternalUrl}/internal/statuses`,
    method: 'POST',
    headers: { ...deps.gatewayKeyHeader, 'content-type': 'application/json' },
    grantedStatus: 200,
    ownPartsFile: callsFile,
  })
  await mustTellAll(deps)
  const base = { ratio: 0.4, name: 'F', perSecond: machine.bareFastify.grantedPerSecond }
  const call = medianOf(calls)
  const places = { ...call, grantedPerSecond: call.grantedPerSecond * statusPollsMax }
  return {
    findings: [
      atLeastRatio(statusAloneMeasures.maximum, medianOf(rounds), base),
      atLeastRatio(statusAloneMeasures.together, places, base),
    ],
    loads: [...rounds, ...calls],
    notes: [],
  }
}

/** A call is granted also where it tells nothing of somebody: then the figure would be worthless. */
async function mustTellAll({ queueInternalUrl, gatewayKeyHeader, scheduleId, people }: QueueDeps): Promise<void> {
  const polls = people.slice(0, statusPollsMax).map((userId) => ({ userId, scheduleId }))
  const answer = await fetch(`${queueInternalUrl}/internal/statuses`, {
    method: 'POST',
    headers: { ...gatewayKeyHeader, 'content-type': 'application/json' },
    body: JSON.stringify({ polls }),
  })
  const { places } = toldStatusesSchema.parse(await answer.json())
  if (places.includes(null)) throw new Error('somebody who waits was told no place')
}

/** The people in groups as large as a call takes, each written as one text; who is left over does not ask. */
function inCalls(people: readonly string[]): string[] {
  const calls = Math.floor(people.length / statusPollsMax)
  return Array.from({ length: calls }, (_, n) => people.slice(n * statusPollsMax, (n + 1) * statusPollsMax).join(' '))
}
