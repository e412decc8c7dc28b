import { request } from 'undici'
import { z } from 'zod'
import type { Finding, Findings } from '../findings.ts'
import { atMost, fasterThan } from '../judge.ts'
import { runLoad } from '../load/run-load.ts'
import { warmUpSecondsOf } from '../machine/measure-machine.ts'
import type { CatalogueDeps } from './catalogue-deps.ts'
import { browserHeaders } from './read-through-gateway.ts'

/** What this part finds. */
export const seatMapMeasures = {
  p95: { id: 'P12', what: 'seat map of an arena, first load through the gateway, p95', target: '< 100 ms' },
  bytes: { id: 'P12', what: 'the same on the wire', target: '≤ 200 KB' },
  compactP95: { id: 'P12', what: 'the same in columns (?format=compact), p95', target: '< 100 ms' },
  compactBytes: { id: 'P12', what: 'columns on the wire', target: '≤ 200 KB' },
} as const

/** A minute's crowd of 3,000 that opens the map. */
const loadsPerSecond = 50
const seatsWanted = 15_000

/** P12, the layout: people who have nothing yet open the map of the hall on sale, at a steady rate. */
export async function seatMap(deps: CatalogueDeps): Promise<Findings> {
  const full = await measure(deps, 'full')
  const compact = await measure(deps, 'compact')
  const findings: Finding[] = [
    fasterThan(seatMapMeasures.p95, full.load, 'p95', 100),
    atMost(seatMapMeasures.bytes, full.bytes / 1000, 200, 'KB'),
    fasterThan(seatMapMeasures.compactP95, compact.load, 'p95', 100),
    atMost(seatMapMeasures.compactBytes, compact.bytes / 1000, 200, 'KB'),
  ]
  const seats = await countSeats(deps)
  const size = `the hall on sale has ${seats.toLocaleString('en')} seats (the target is meant for ${seatsWanted.toLocaleString('en')})`
  return {
    findings,
    loads: [full.load, compact.load],
    notes: [size, `the very first map after a start took ${full.firstMs.toFixed(0)} ms`],
  }
}

async function measure(deps: CatalogueDeps, format: 'full' | 'compact') {
  const { options, say } = deps
  const url = `${deps.gatewayUrl}/events/schedules/${deps.scheduleId}/seats?format=${format}`
  const begunAt = performance.now()
  const bytes = await bytesOnWire(url)
  const firstMs = performance.now() - begunAt
  const name = `P12 seat map, ${format}`
  say(`${name}: open loop at ${loadsPerSecond}/s`)
  const load = await runLoad({
    name,
    url,
    method: 'GET',
    headers: browserHeaders,
    grantedStatus: 200,
    warmUpSeconds: warmUpSecondsOf(options.seconds),
    loop: { kind: 'open', ratePerSecond: loadsPerSecond, seconds: options.seconds },
  })
  return { load, bytes, firstMs }
}

/** The length of the body as it comes, not unpacked. */
async function bytesOnWire(url: string): Promise<number> {
  const { statusCode, body } = await request(url, { headers: browserHeaders })
  const { byteLength } = await body.bytes()
  if (statusCode !== 200) throw new Error(`the seat map was answered with ${statusCode}`)
  return byteLength
}

const scheduleSchema = z.object({ seatsTotal: z.int() })

async function countSeats({ gatewayUrl, scheduleId }: CatalogueDeps): Promise<number> {
  const answer = await fetch(`${gatewayUrl}/events/schedules/${scheduleId}`)
  return scheduleSchema.parse(await answer.json()).seatsTotal
}
