import { z } from 'zod'
import { untilSettled } from '../../../invariants/until-settled.ts'
import { type BenchSystem, startBenchSystem } from '../bench-system.ts'
import type { Bench } from '../findings.ts'
import { fillCatalogue } from './fill-catalogue.ts'
import { readThroughGateway, readThroughGatewayMeasures } from './read-through-gateway.ts'
import { seatMap, seatMapMeasures } from './seat-map.ts'

const settleTimeoutMs = 30_000

/** P11, and the layout of P12, on one system. */
export const catalogueBench: Bench = {
  name: 'catalogue',
  measures: [...Object.values(readThroughGatewayMeasures), ...Object.values(seatMapMeasures)],
  async run(deps) {
    const own = await startBenchSystem(deps)
    try {
      deps.say('filling the catalogue')
      await fillCatalogue(own)
      const parts = { ...deps, ...own, eventId: await eventOf(own) }
      const results = [await seatMap(parts), await readThroughGateway(parts)]
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

const scheduleSchema = z.object({ eventId: z.uuid() })

async function eventOf({ gatewayUrl, scheduleId }: BenchSystem): Promise<string> {
  const answer = await fetch(`${gatewayUrl}/events/schedules/${scheduleId}`)
  return scheduleSchema.parse(await answer.json()).eventId
}
