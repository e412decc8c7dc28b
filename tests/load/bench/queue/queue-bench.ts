import type { Bench } from '../findings.ts'
import { measureParts, type Part } from '../measure-parts.ts'
import { fillQueue, prepareQueue } from '../people/fill-queue.ts'
import { admissionRate, admissionRateMeasures } from './admission-rate.ts'
import { admissionScript, admissionScriptMeasures } from './admission-script.ts'
import { enterThroughGateway, enterThroughGatewayMeasures } from './enter-through-gateway.ts'
import { eventStreams, eventStreamsMeasures } from './event-streams.ts'
import { pollsPerPerson, pollsPerPersonMeasures } from './polls-per-person.ts'
import type { QueueDeps } from './queue-deps.ts'
import { statusAlone, statusAloneMeasures } from './status-alone.ts'
import { statusThroughGateway, statusThroughGatewayMeasures } from './status-through-gateway.ts'

/** The parts in order: those that read the queue as it was filled come before those that change it. */
const parts: readonly Part<QueueDeps>[] = [
  statusThroughGateway,
  statusAlone,
  pollsPerPerson,
  enterThroughGateway,
  admissionRate,
  admissionScript,
  eventStreams,
]

/** P1 to P5 and P16 on one system. */
export const queueBench: Bench = {
  name: 'queue',
  measures: [
    ...Object.values(statusThroughGatewayMeasures),
    ...Object.values(enterThroughGatewayMeasures),
    ...Object.values(statusAloneMeasures),
    ...Object.values(eventStreamsMeasures),
    ...Object.values(admissionScriptMeasures),
    ...Object.values(admissionRateMeasures),
    ...Object.values(pollsPerPersonMeasures),
  ],
  run: (deps) =>
    measureParts(
      deps,
      async (own) => {
        deps.say(`putting ${deps.options.waiting.toLocaleString('en')} people into the queue`)
        await prepareQueue(own.redis, own.scheduleId)
        return fillQueue(own.redis, own.scheduleId, deps.options.waiting)
      },
      parts,
    ),
}
