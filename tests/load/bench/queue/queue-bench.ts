import { untilSettled } from '../../../invariants/until-settled.ts'
import { startBenchSystem } from '../bench-system.ts'
import type { Bench, Findings } from '../findings.ts'
import { fillQueue, prepareQueue } from '../people/fill-queue.ts'
import { admissionRate, admissionRateMeasures } from './admission-rate.ts'
import { admissionScript, admissionScriptMeasures } from './admission-script.ts'
import { enterThroughGateway, enterThroughGatewayMeasures } from './enter-through-gateway.ts'
import { eventStreams, eventStreamsMeasures } from './event-streams.ts'
import { pollsPerPerson, pollsPerPersonMeasures } from './polls-per-person.ts'
import type { QueueDeps } from './queue-deps.ts'
import { statusAlone, statusAloneMeasures } from './status-alone.ts'
import { statusThroughGateway, statusThroughGatewayMeasures } from './status-through-gateway.ts'

type Part = (deps: QueueDeps) => Promise<Omit<Findings, 'books'>>

const settleTimeoutMs = 30_000

/** The parts in order: those that read the queue as it was filled come before those that change it. */
const parts: readonly Part[] = [
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
  async run(deps) {
    const own = await startBenchSystem(deps)
    try {
      deps.say(`putting ${deps.options.waiting.toLocaleString('en')} people into the queue`)
      await prepareQueue(own.redis, own.scheduleId)
      const filled = await fillQueue(own.redis, own.scheduleId, deps.options.waiting)
      const results = []
      for (const part of parts) results.push(await part({ ...deps, ...own, ...filled }))
      deps.say('checking the invariants')
      const books = await untilSettled(own.books, settleTimeoutMs)
      return {
        findings: results.flatMap(({ findings }) => findings),
        loads: results.flatMap(({ loads }) => loads),
        notes: results.flatMap(({ notes }) => notes),
        books,
      }
    } finally {
      await own.stop()
    }
  },
}
