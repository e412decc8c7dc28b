import { join } from 'node:path'
import type { Findings } from '../findings.ts'
import { atLeastRatio } from '../judge.ts'
import { runLoad } from '../load/run-load.ts'
import { warmUpSecondsOf } from '../machine/measure-machine.ts'
import { writeOwnParts } from '../people/mint-tokens.ts'
import type { QueueDeps } from './queue-deps.ts'

/** What this part finds. */
export const statusAloneMeasures = {
  maximum: { id: 'P3', what: 'queue service alone, status, granted/s', target: '≥ 0.40 F' },
} as const

/** P3: the same question as P1, put to the queue service as the gateway puts it. */
export async function statusAlone(deps: QueueDeps): Promise<Findings> {
  const { options, queueUrl, scheduleId, machine } = deps
  deps.say('P3: the queue service alone, status, closed loop')
  const ownPartsFile = join(deps.directory, 'status-alone-requests.jsonl')
  writeOwnParts(ownPartsFile, deps.people, (userId) => ({ headers: deps.asGateway(userId) }))
  const maximum = await runLoad({
    name: 'P3 status, queue service alone',
    url: `${queueUrl}/queue/status?scheduleId=${scheduleId}`,
    method: 'GET',
    headers: {},
    grantedStatus: 200,
    ownPartsFile,
    warmUpSeconds: warmUpSecondsOf(options.seconds),
    loop: { kind: 'closed', connections: options.connections, seconds: options.seconds },
  })
  const base = { ratio: 0.4, name: 'F', perSecond: machine.bareFastify.grantedPerSecond }
  return { findings: [atLeastRatio(statusAloneMeasures.maximum, maximum, base)], loads: [maximum], notes: [] }
}
