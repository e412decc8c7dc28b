import { setTimeout as pause } from 'node:timers/promises'
import { type Dispatcher, Pool } from 'undici'
import { createArrivals } from './arrivals.ts'
import type { LoadJob, LoadResult, OpenLoop, OwnPart } from './job.ts'
import { createTally } from './tally.ts'

const tickMs = 1
const lateMaxMs = 100
const connectionsMax = 1_000
const answerTimeoutMs = 10_000

/**
 * Starts requests at the moments that the schedule says, whatever becomes of earlier ones, and measures each from its
 * intended start, so that a stall of the system or of this generator shows in every latency behind it. An arrival that
 * finds every connection busy, or that this process is too late for, is dropped and counted.
 */
export async function runOpenLoop(job: LoadJob, loop: OpenLoop, parts: readonly OwnPart[]): Promise<LoadResult> {
  const { ratePerSecond } = loop
  const url = new URL(job.url)
  const pool = new Pool(url.origin, { connections: connectionsMax, pipelining: 1, keepAliveTimeout: 60_000 })
  const arrivals = createArrivals({ ratePerSecond, seconds: job.warmUpSeconds + loop.seconds, lateMaxMs })
  const tally = createTally(job.grantedStatus)
  const isCounted = (arrival: number) => arrivals.intendedMs(arrival) >= job.warmUpSeconds * 1_000
  const begunAt = performance.now()
  let inFlight = 0

  const send = (arrival: number) => {
    if (inFlight === connectionsMax) {
      tally.dropped(1, isCounted(arrival))
      return
    }
    inFlight += 1
    const intendedAt = begunAt + arrivals.intendedMs(arrival)
    pool.dispatch(
      optionsOf(job, url, parts[arrival % parts.length]),
      handlerOf({
        answered(status) {
          inFlight -= 1
          tally.answered(status, performance.now() - intendedAt, isCounted(arrival))
        },
        failed(reason) {
          inFlight -= 1
          tally.failed(reason, isCounted(arrival))
        },
      }),
    )
  }

  const lastMs = arrivals.intendedMs(arrivals.total)
  for (let elapsedMs = 0; elapsedMs < lastMs; ) {
    elapsedMs = performance.now() - begunAt
    const due = arrivals.take(elapsedMs)
    for (const arrival of due.late) tally.dropped(1, isCounted(arrival))
    for (const arrival of due.start) send(arrival)
    await pause(tickMs)
  }
  const deadline = performance.now() + 2 * answerTimeoutMs
  while (inFlight > 0 && performance.now() < deadline) await pause(10)
  await pool.destroy()
  return tally.result({ name: job.name, loop: 'open', intendedPerSecond: ratePerSecond, seconds: loop.seconds })
}

function optionsOf(job: LoadJob, url: URL, part: OwnPart | undefined): Dispatcher.DispatchOptions {
  const body = part?.body ?? job.body
  return {
    method: job.method,
    path: part?.path ?? `${url.pathname}${url.search}`,
    headers: { ...job.headers, ...part?.headers },
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
    ...(body === undefined ? {} : { body }),
  }
}

function handlerOf(end: { answered(status: number): void; failed(reason: string): void }): Dispatcher.DispatchHandler {
  let status = 0
  return {
    onRequestStart: () => {},
    onResponseStart: (_controller, statusCode) => {
      status = statusCode
    },
    onResponseData: () => {},
    onResponseEnd: () => end.answered(status),
    onResponseError: (_controller, error) => end.failed(String(Reflect.get(error, 'code') ?? error.message)),
  }
}
