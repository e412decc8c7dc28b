import { expect, test } from 'vitest'
import { postgresCounter, redisCounter } from './test-clients.ts'
import { stackDirectory, startOwned, withoutKafka } from './test-owner.ts'

test('two stacks at once have ports and data of their own', { timeout: 60_000 }, async () => {
  const stacks = await Promise.all([
    startOwned({ directory: stackDirectory() }),
    startOwned({ directory: stackDirectory() }),
  ])
  const addresses = stacks.flatMap((stack) => [stack.databaseUrl, stack.redisUrl, ...stack.kafkaBrokers])
  const ports = addresses.map((address) => /:(\d+)(\/|$)/.exec(address)?.[1])
  expect(new Set(ports).size).toBe(6)
  for (const stack of stacks) {
    expect(await (await redisCounter(stack))()).toBe(1)
    expect(await (await postgresCounter(stack))()).toBe(1)
  }
  await Promise.all(stacks.map((stack) => stack.stop()))
})

test('of two starts racing for a directory one gets it and the other is told who has it', async () => {
  const directory = stackDirectory()
  const start = () => startOwned({ directory }, withoutKafka())
  const outcomes = await Promise.allSettled([start(), start()])
  const [winner] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const losers = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.message] : []))
  expect(losers).toEqual([
    `The stack in ${directory} is running, started by process ${winner?.ownerPid}: stop that one first.`,
  ])
  await winner?.stop()
})
