import { z } from 'zod'
import type { BenchSystem } from '../bench-system.ts'

/** Two seats side by side. */
export interface Pair {
  readonly scheduleId: string
  readonly seatIds: readonly [string, string]
}

const columnsSchema = z.object({ grades: z.array(z.object({ seats: z.object({ id: z.array(z.string()) }) })) })
const hallsMax = 20

/** Further schedules of the demo event until there are so many pairs of free seats; none is in two pairs. */
export async function openHalls(own: BenchSystem, pairsWanted: number): Promise<readonly Pair[]> {
  const pairs: Pair[] = []
  for (let halls = 0; pairs.length < pairsWanted && halls < hallsMax; halls += 1) {
    const scheduleId = await own.newSchedule()
    for (const pair of await pairsOf(own, scheduleId)) pairs.push(pair)
  }
  return pairs.slice(0, pairsWanted)
}

async function pairsOf({ gatewayUrl }: BenchSystem, scheduleId: string): Promise<Pair[]> {
  const answer = await fetch(`${gatewayUrl}/events/schedules/${scheduleId}/seats?format=compact`)
  const { grades } = columnsSchema.parse(await answer.json())
  return grades.flatMap(({ seats: { id } }) =>
    id.flatMap((first, index): Pair[] => {
      const second = index % 2 === 0 ? id[index + 1] : undefined
      return second === undefined ? [] : [{ scheduleId, seatIds: [first, second] }]
    }),
  )
}
