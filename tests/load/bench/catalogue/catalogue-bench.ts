import { z } from 'zod'
import type { BenchSystem } from '../bench-system.ts'
import type { Bench } from '../findings.ts'
import { measureParts } from '../measure-parts.ts'
import { fillCatalogue } from './fill-catalogue.ts'
import { readThroughGateway, readThroughGatewayMeasures } from './read-through-gateway.ts'
import { seatMap, seatMapMeasures } from './seat-map.ts'

/** P11, and the layout of P12, on one system. */
export const catalogueBench: Bench = {
  name: 'catalogue',
  measures: [...Object.values(readThroughGatewayMeasures), ...Object.values(seatMapMeasures)],
  run: (deps) =>
    measureParts(
      deps,
      async (own) => {
        deps.say('filling the catalogue')
        await fillCatalogue(own)
        return { eventId: await eventOf(own) }
      },
      [seatMap, readThroughGateway],
    ),
}

const scheduleSchema = z.object({ eventId: z.uuid() })

async function eventOf({ gatewayUrl, scheduleId }: BenchSystem): Promise<string> {
  const answer = await fetch(`${gatewayUrl}/events/schedules/${scheduleId}`)
  return scheduleSchema.parse(await answer.json()).eventId
}
