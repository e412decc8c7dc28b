import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resetStack } from './reset-stack.ts'
import { redisCounter } from './test-clients.ts'
import { stackDirectory, startOwned, withoutKafka } from './test-owner.ts'

test('a reset wipes the data, leaves other files, and is refused while the stack runs', {
  timeout: 60_000,
}, async () => {
  const directory = stackDirectory()
  const first = await startOwned({ directory }, withoutKafka())
  await (await redisCounter(first))()
  await expect(resetStack(directory)).rejects.toThrow(`started by process ${first.ownerPid}`)
  await first.stop()

  writeFileSync(join(directory, 'notes.txt'), 'mine')
  await resetStack(directory)
  expect(existsSync(join(directory, 'notes.txt'))).toBe(true)
  expect(existsSync(join(directory, 'postgres'))).toBe(false)

  const second = await startOwned({ directory }, withoutKafka())
  expect(await (await redisCounter(second))()).toBe(1)
  await second.stop()
})

test('a stack that is not durable takes its directory with it', async () => {
  const directory = stackDirectory()
  const stack = await startOwned({ directory, durable: false }, withoutKafka())
  await stack.stop()
  expect(existsSync(directory)).toBe(false)
})
