import { randomUUID } from 'node:crypto'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { createRedis } from '@ticket-queue/redis'
import { makeSecrets } from '@ticket-queue/scripts/secrets'
import type { Stack } from '@ticket-queue/stack'
import type { LoadResult } from '../load/job.ts'
import { runLoad } from '../load/run-load.ts'
import { createMint, writeOwnParts } from '../people/mint-tokens.ts'
import { ask, type Program, startProgram } from '../program.ts'
import type { CommitsInput, CommitsResult } from './commits.main.ts'
import type { MinimalProxyInput } from './minimal-proxy.main.ts'
import type { RankedAnswersInput } from './ranked-answers.main.ts'

/** What this machine gives to three bare programs just now; every target is a ratio to it. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  /** Of the minute before the measurement: work of others makes every figure worthless. */
  readonly loadAverage: number
  readonly bareFastify: LoadResult
  readonly minimalProxy: LoadResult
  readonly commits: CommitsResult
  readonly commitsOfOneConnection: CommitsResult
}

export interface MachineSettings {
  readonly directory: string
  readonly seconds: number
  readonly connections: number
  /** How many the ranked set behind the proxy holds. */
  readonly waiting: number
}

const startTimeoutMs = 20_000
const commitsConnections = 16
/** Few enough for every token to be in the proxy's cache. */
const proxyUsers = 1_000

/** Runs F, G and D one after the other on the stores of `stack`. */
export async function measureMachine(stack: Stack, settings: MachineSettings): Promise<Machine> {
  const [loadAverage] = loadavg()
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadAverage: Math.round((loadAverage ?? 0) * 100) / 100,
    bareFastify: await measureBareFastify(settings),
    minimalProxy: await measureMinimalProxy(stack, settings),
    commits: await measureCommits(stack, settings, commitsConnections),
    commitsOfOneConnection: await measureCommits(stack, settings, 1),
  }
}

/** F alone; needs no stores. */
export async function measureBareFastify(settings: MachineSettings): Promise<LoadResult> {
  const bare = await startProgram<{ url: string }>(
    new URL('./bare-fastify.main.ts', import.meta.url),
    {},
    startTimeoutMs,
  )
  try {
    return await runLoad({ ...closedLoop(settings), name: 'F: bare Fastify', url: `${bare.answer.url}/fixed` })
  } finally {
    await bare.stop()
  }
}

const closedLoop = ({ connections, seconds }: MachineSettings) =>
  ({
    method: 'GET',
    headers: {},
    grantedStatus: 200,
    warmUpSeconds: warmUpSecondsOf(seconds),
    loop: { kind: 'closed', connections, seconds },
  }) as const

/** Long enough for compiled code and full caches. */
export const warmUpSecondsOf = (seconds: number): number => Math.min(5, seconds / 2)

const measureMinimalProxy = (stack: Stack, settings: MachineSettings): Promise<LoadResult> =>
  withMinimalProxy(stack, settings, (proxy) =>
    runLoad({
      ...closedLoop(settings),
      name: 'G: minimal proxy',
      url: proxy.origin + proxy.path,
      ownPartsFile: proxy.ownPartsFile,
    }),
  )

/** G as it runs: what it is asked, and a request each of a thousand people it can place, or of as many as were to ask. */
export interface MinimalProxy {
  readonly origin: string
  readonly path: string
  readonly ownPartsFile: string
}

/** Runs the minimal proxy and what is behind it for as long as `use` takes. */
export async function withMinimalProxy<Result>(
  { redisUrl }: Pick<Stack, 'redisUrl'>,
  settings: Pick<MachineSettings, 'directory' | 'waiting'> & { readonly asking?: number },
  use: (proxy: MinimalProxy) => Promise<Result>,
): Promise<Result> {
  const mint = createMint(makeSecrets().jwtSigningKeys)
  const { waiting, asking: askingCount = proxyUsers } = settings
  const users = Array.from({ length: Math.max(waiting, askingCount) }, () => randomUUID())
  const ownPartsFile = join(settings.directory, 'proxy-requests.jsonl')
  const asking = users.filter((_, index) => index % Math.floor(users.length / askingCount) === 0).slice(0, askingCount)
  writeOwnParts(ownPartsFile, asking, (userId) => ({ headers: { authorization: `Bearer ${mint.token(userId)}` } }))
  const queueKey = `bench:ranked:${randomUUID()}`
  const redis = createRedis({ url: redisUrl, connectionName: 'bench' })
  const programs: Program<{ url: string }>[] = []
  const start = async (file: string, input: RankedAnswersInput | MinimalProxyInput) => {
    const program = await startProgram<{ url: string }>(new URL(file, import.meta.url), input, startTimeoutMs)
    programs.push(program)
    return program.answer.url
  }
  try {
    for (let at = 0; at < users.length; at += 1_000) {
      await redis.client.zadd(queueKey, ...users.slice(at, at + 1_000).flatMap((userId, index) => [at + index, userId]))
    }
    const upstream = await start('./ranked-answers.main.ts', { redisUrl, queueKey })
    const { publicKeyPem } = mint
    const origin = await start('./minimal-proxy.main.ts', { redisUrl, upstream, publicKeyPem })
    return await use({ origin, path: '/rank', ownPartsFile })
  } finally {
    for (const program of programs.toReversed()) await program.stop()
    await redis.client.del(queueKey)
    await redis.close()
  }
}

function measureCommits(stack: Stack, { seconds }: MachineSettings, connections: number): Promise<CommitsResult> {
  const warmUpSeconds = Math.min(2, seconds / 2)
  const input: CommitsInput = { databaseUrl: stack.databaseUrl, connections, warmUpSeconds, seconds }
  const timeoutMs = (warmUpSeconds + seconds) * 1_000 + startTimeoutMs
  return ask<CommitsResult>(new URL('./commits.main.ts', import.meta.url), input, timeoutMs)
}
