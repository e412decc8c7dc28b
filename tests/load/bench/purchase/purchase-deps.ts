import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchSystem } from '../bench-system.ts'
import type { BenchDeps } from '../findings.ts'
import type { LoadResult } from '../load/job.ts'
import { newPeople, prepareQueue } from '../people/fill-queue.ts'
import { ask } from '../program.ts'
import type { BuyTicketsInput, BuyTicketsResult } from './buy-tickets.main.ts'

/** What each part of the purchase bench gets. */
export interface PurchaseDeps extends BenchDeps, BenchSystem {}

/** How fast a queue lets in: more than any machine of this size sells, so that the queue is passed but does not set the rate. */
const admittedPerSecond = 1_000
/** Beyond the load itself: people who are still on their way when it ends, and the program's start. */
const graceSeconds = 120

export interface Buying {
  readonly load: LoadResult
  readonly stepsMs: BuyTicketsResult['stepsMs']
}

/** Who buys in a load. */
interface Crowd extends Pick<BuyTicketsInput, 'warmUpSeconds' | 'loop'> {
  readonly name: string
  readonly halls: number
  readonly people: number
}

/** New people buy in halls of their own until the time is over; what they began is finished. */
export async function buyTickets(
  deps: PurchaseDeps,
  { name, halls, people, warmUpSeconds, loop }: Crowd,
): Promise<Buying> {
  const { gatewayUrl, mint, options, redis, system } = deps
  const scheduleIds: string[] = []
  for (let hall = 0; hall < halls; hall += 1) {
    const scheduleId = await deps.newSchedule()
    await prepareQueue(redis, scheduleId, { batchSize: admittedPerSecond, intervalMs: 1_000 })
    scheduleIds.push(scheduleId)
  }
  const { seconds } = options
  const tokensFile = join(deps.directory, `${name.replaceAll(/\W+/g, '-')}.txt`)
  writeFileSync(
    tokensFile,
    newPeople(people)
      .map((userId) => mint.token(userId))
      .join('\n'),
  )
  const input: BuyTicketsInput = {
    gatewayUrl,
    sandboxUrl: system.sandboxUrl,
    scheduleIds,
    tokensFile,
    warmUpSeconds,
    seconds,
    loop,
  }
  const timeoutMs = (warmUpSeconds + seconds + graceSeconds) * 1_000
  const bought = await ask<BuyTicketsResult>(new URL('./buy-tickets.main.ts', import.meta.url), input, timeoutMs)
  return { load: asLoad(name, loop, seconds, bought), stepsMs: bought.stepsMs }
}

function asLoad(
  name: string,
  loop: BuyTicketsInput['loop'],
  seconds: number,
  { confirmed, confirmedInAll, failed, dropped, roadMs, endings, repeats }: BuyTicketsResult,
): LoadResult {
  return {
    name,
    loop: loop.kind,
    intendedPerSecond: loop.kind === 'open' ? loop.ratePerSecond : null,
    seconds,
    grantedPerSecond: confirmed / seconds,
    granted: confirmed,
    refused: 0,
    failed,
    dropped,
    statuses: repeats,
    failures: endings,
    latencyMs: roadMs,
    grantedInAll: confirmedInAll,
  }
}
