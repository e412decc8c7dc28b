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
  const warmUpMs = job.warmUpSeconds * 1_000
  const endMs = loop.kind === 'closed' ? warmUpMs + loop.seconds * 1_000 : Number.POSITIVE_INFINITY
  const begunAt = performance.now()
  let lastMs = 0
  const isCounted = () => {
    lastMs = performance.now() - begunAt
    return lastMs >= warmUpMs && lastMs < endMs
  }
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
  run.on('response', (_client, status, _bytes, latencyMs) => tally.answered(status, latencyMs, isCounted()))
  run.on('reqError', (error) => tally.failed(String(error?.code ?? error?.message ?? error), isCounted()))
  await ended
  const seconds = loop.kind === 'closed' ? loop.seconds : Math.max(0, lastMs - warmUpMs) / 1_000
  return tally.result({ name: job.name, loop: loop.kind, intendedPerSecond: null, seconds })
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
