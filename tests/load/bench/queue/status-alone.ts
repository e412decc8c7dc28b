import { join } from 'node:path'
import type { Findings } from '../findings.ts'
import { atLeastRatio } from '../judge.ts'
import { writeOwnParts } from '../people/mint-tokens.ts'
import { everybodyAsks, medianOf } from './everybody-asks.ts'
import type { QueueDeps } from './queue-deps.ts'

/** What this part finds. */
export const statusAloneMeasures = {
  maximum: { id: 'P3', what: 'queue service alone, status, granted/s', target: '≥ 0.40 F' },
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
  const base = { ratio: 0.4, name: 'F', perSecond: machine.bareFastify.grantedPerSecond }
  return { findings: [atLeastRatio(statusAloneMeasures.maximum, medianOf(rounds), base)], loads: rounds, notes: [] }
}
