import { once } from 'node:events'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { currentClaim } from './claim.ts'
import { isRunning } from './process-identity.ts'
import { readState } from './state.ts'
import { postgresCounter, redisCounter } from './test-clients.ts'
import { processesIn, spawnOwner, stackDirectory, startOwned, withoutKafka } from './test-owner.ts'

const nothingLeft = async (directory: string) => {
  await waitUntil(() => expect(processesIn(directory)).toEqual([]), { timeoutMs: 15_000, intervalMs: 100 })
  await waitUntil(() => currentClaim(directory) === null, { timeoutMs: 15_000 })
}

test('nothing is left running after the owner was killed, and the next start works', { timeout: 60_000 }, async () => {
  const directory = stackDirectory()
  const killed = await startOwned({ directory })
  const { servers } = readState(directory)
  const keeper = currentClaim(directory)?.keeper
  // Connected on purpose: PostgreSQL's processes for clients must go too.
  const counter = await redisCounter(killed)
  const rows = await postgresCounter(killed)
  expect([await counter(), await rows()]).toEqual([1, 1])
  expect(Object.keys(servers).sort()).toEqual(['kafka', 'postgres', 'redis'])
  expect(processesIn(directory).length).toBeGreaterThan(5)

  process.kill(killed.ownerPid, 'SIGKILL')
  await nothingLeft(directory)
  for (const process of [keeper, ...Object.values(servers)]) expect(process && isRunning(process)).toBe(false)

  const next = await startOwned({ directory })
  expect(next.databaseUrl).toBe(killed.databaseUrl)
  expect([await (await redisCounter(next))(), await (await postgresCounter(next))()]).toEqual([2, 2])
  await next.stop()
  await nothingLeft(directory)
})

test('nothing is left running after the owner was killed in the middle of a start', async () => {
  const directory = stackDirectory()
  const owner = spawnOwner({ directory })
  for (;;) {
    const [{ progress }] = await once(owner, 'message')
    if (progress?.name === 'kafka' && progress.state === 'starting') break
  }
  owner.kill('SIGKILL')
  await nothingLeft(directory)
})

test('servers that outlived a killed keeper are ended by the next start', { timeout: 60_000 }, async () => {
  const directory = stackDirectory()
  const first = await startOwned({ directory })
  const left = Object.values(readState(directory).servers)
  process.kill(first.ownerPid, 'SIGSTOP')
  process.kill(currentClaim(directory)?.keeper.pid ?? 0, 'SIGKILL')
  process.kill(first.ownerPid, 'SIGKILL')
  await waitUntil(() => currentClaim(directory) === null)
  expect(left.filter(isRunning)).toHaveLength(3)

  const next = await startOwned({ directory })
  expect(left.filter(isRunning)).toEqual([])
  await next.stop()
  await nothingLeft(directory)
})

test('Ctrl-C reaches the owner and not its servers', { timeout: 60_000 }, async () => {
  const directory = stackDirectory()
  const stack = await startOwned({ directory }, withoutKafka())
  process.kill(-stack.ownerPid, 'SIGINT')
  const counter = await redisCounter(stack)
  expect(await counter()).toBe(1)
  expect(Object.values(readState(directory).servers).filter(isRunning)).toHaveLength(2)
  await stack.stop()
})
