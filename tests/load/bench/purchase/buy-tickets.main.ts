import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { chooseSeats, pay, type RoadDeps, waitForTurn } from '../../crowd/buyer.ts'
import { createMeasures, steps } from '../../crowd/measure.ts'
import { prepareRoad } from '../../crowd/run-crowd.ts'
import { type Percentiles, percentilesOf } from '../load/percentiles.ts'
import { answerParent, inputOfParent } from '../program.ts'

/** People with a log-in who each buy one to four tickets, from the queue to the ticket number. */
export interface BuyTicketsInput {
  readonly gatewayUrl: string
  readonly sandboxUrl: string
  /** People spread over them, so that no hall sells out. */
  readonly scheduleIds: readonly string[]
  /** Access tokens, one a line and person. */
  readonly tokensFile: string
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly loop:
    | { readonly kind: 'closed'; readonly peopleAtOnce: number }
    | { readonly kind: 'open'; readonly ratePerSecond: number; readonly peopleAtOnceMax: number }
}

export interface BuyTicketsResult {
  /** Tickets in hand after the warm-up and before the end. */
  readonly confirmed: number
  /** Over the whole run. */
  readonly confirmedInAll: number
  readonly failed: number
  /** Arrivals of an open loop for which nobody was free. */
  readonly dropped: number
  /** From entering the queue to the ticket number. */
  readonly roadMs: Percentiles
  readonly stepsMs: readonly { readonly step: string; readonly p50: number; readonly p95: number }[]
  readonly endings: Readonly<Record<string, number>>
  readonly repeats: Readonly<Record<string, number>>
}

const input = inputOfParent<BuyTicketsInput>()
const measures = createMeasures()
const { gatewayUrl, sandboxUrl } = input
const tokens = readFileSync(input.tokensFile, 'utf8').trim().split('\n')
const roads: RoadDeps[] = []
for (const scheduleId of input.scheduleIds) {
  roads.push(await prepareRoad({ gatewayUrl, sandboxUrl, scheduleId }, measures))
}
const startedAt = performance.now()
const countsFrom = startedAt + input.warmUpSeconds * 1_000
const endsAt = countsFrom + input.seconds * 1_000
const roadsMs: number[] = []
let confirmedInAll = 0
let failed = 0
let dropped = 0
let next = 0

/** One person's purchase; false when everybody has bought. */
async function buy(): Promise<boolean> {
  const number = next
  const token = tokens[number]
  if (token === undefined) return false
  next += 1
  const road = roads[number % roads.length] as RoadDeps
  const begunAt = performance.now()
  try {
    const caller: Parameters<typeof waitForTurn>[1] = { token }
    await waitForTurn(road, caller)
    const hold = await chooseSeats(road, caller)
    if (!hold) throw new Error('no free seats found')
    await pay(road, { ...caller, queueToken: hold.paymentToken }, hold, 'buy')
    confirmedInAll += 1
    const endedAt = performance.now()
    if (endedAt >= countsFrom && endedAt < endsAt) roadsMs.push(endedAt - begunAt)
  } catch (error) {
    failed += 1
    measures.end('failed', error instanceof Error ? error.message : String(error))
  }
  return true
}

async function closedLoop(peopleAtOnce: number): Promise<void> {
  const lane = async () => {
    while (performance.now() < endsAt && (await buy())) {}
  }
  await Promise.all(Array.from({ length: peopleAtOnce }, lane))
}

async function openLoop(ratePerSecond: number, peopleAtOnceMax: number): Promise<void> {
  const onTheRoad = new Set<Promise<unknown>>()
  for (let arrival = 0; ; arrival += 1) {
    const dueAt = startedAt + (arrival * 1_000) / ratePerSecond
    if (dueAt >= endsAt) break
    const waitMs = dueAt - performance.now()
    if (waitMs > 0) await pause(waitMs)
    if (onTheRoad.size >= peopleAtOnceMax) {
      dropped += 1
      continue
    }
    const person = buy().finally(() => onTheRoad.delete(person))
    onTheRoad.add(person)
  }
  await Promise.all(onTheRoad)
}

if (input.loop.kind === 'closed') await closedLoop(input.loop.peopleAtOnce)
else await openLoop(input.loop.ratePerSecond, input.loop.peopleAtOnceMax)

const result: BuyTicketsResult = {
  confirmed: roadsMs.length,
  confirmedInAll,
  failed,
  dropped,
  roadMs: percentilesOf(roadsMs),
  stepsMs: steps.flatMap((step) => {
    const { p50, p95 } = percentilesOf(measures.durationsMs.get(step) ?? [])
    return Number.isNaN(p50) ? [] : [{ step, p50, p95 }]
  }),
  endings: Object.fromEntries([...measures.endings, ...measures.details]),
  repeats: Object.fromEntries(measures.repeats),
}
answerParent(result)
