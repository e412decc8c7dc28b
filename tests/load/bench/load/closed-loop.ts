import autocannon from 'autocannon'
import type { ClosedLoop, LoadJob, LoadResult, OnceLoop, OwnPart } from './job.ts'
import { createTally } from './tally.ts'

const answerTimeoutSeconds = 10

/**
 * Runs a closed loop with autocannon: each connection has a share of the own parts, ready as bytes, so that a request
 * of its own for every person costs the generator no more than the same one for all.
 */
export async function runClosedLoop(
  job: LoadJob,
  loop: ClosedLoop | OnceLoop,
  parts: readonly OwnPart[],
): Promise<LoadResult> {
  const connections = Math.min(loop.connections, Math.max(1, parts.length))
  const shares = shareOut(parts, connections)
  const tally = createTally(job.grantedStatus)
  const counted = loop.kind === 'closed' ? countedTime(job.warmUpSeconds, loop.seconds) : countedAfter(parts.length / 5)
  let client = 0
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  const options: autocannon.Options = {
    url: job.url,
    method: job.method,
    connections,
    timeout: answerTimeoutSeconds,
    ...(loop.kind === 'closed' ? { duration: job.warmUpSeconds + loop.seconds } : { amount: parts.length }),
    setupClient: (one) => {
      one.setRequests((shares[client] ?? []).map((part) => requestOf(job, part)))
      client += 1
    },
  }
  const run = autocannon(options, (error: unknown) => (error ? reject(error) : resolve()))
  run.on('response', (_client, status, _bytes, latencyMs) => tally.answered(status, latencyMs, counted.next()))
  run.on('reqError', (error) => tally.failed(String(error?.code ?? error?.message ?? error), counted.next()))
  await ended
  return tally.result({ name: job.name, loop: loop.kind, intendedPerSecond: null, seconds: counted.seconds() })
}

/** Which of the answers, told as they come, count, and over how many seconds those were that did. */
interface Counted {
  next(): boolean
  seconds(): number
}

function countedTime(warmUpSeconds: number, seconds: number): Counted {
  const from = performance.now() + warmUpSeconds * 1_000
  const to = from + seconds * 1_000
  return {
    next: () => performance.now() >= from && performance.now() < to,
    seconds: () => seconds,
  }
}

function countedAfter(warmUpAnswers: number): Counted {
  let answers = 0
  let from = performance.now()
  let last = from
  return {
    next() {
      answers += 1
      last = performance.now()
      if (answers <= warmUpAnswers) from = last
      return answers > warmUpAnswers
    },
    seconds: () => (last - from) / 1_000,
  }
}

/** Shares of the same sizes as autocannon gives each connection of a run with an amount. */
function shareOut(parts: readonly OwnPart[], connections: number): OwnPart[][] {
  const shares = Array.from({ length: connections }, (): OwnPart[] => [])
  for (const [index, part] of parts.entries()) shares[index % connections]?.push(part)
  return shares
}

function requestOf(job: LoadJob, part: OwnPart): autocannon.Request {
  const body = part.body ?? job.body
  const { pathname, search } = new URL(job.url)
  return {
    method: job.method,
    path: part.path ?? `${pathname}${search}`,
    headers: { ...job.headers, ...part.headers },
    ...(body === undefined ? {} : { body }),
  }
}
