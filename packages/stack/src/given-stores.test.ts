import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readStackConfig } from './config.ts'
import { checkGivenStore } from './given-stores.ts'
import { findFreePort } from './ports.ts'
import { startStack } from './start-stack.ts'

async function listeningPort(): Promise<number> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

test('stores given by the environment are used as they are, without a directory', async () => {
  const port = await listeningPort()
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('STACK_PROVIDER', '')
  vi.stubEnv('DATABASE_URL', `postgresql://owner:secret@127.0.0.1:${port}/ticketing`)
  vi.stubEnv('REDIS_URL', `redis://127.0.0.1:${port}`)
  vi.stubEnv('KAFKA_BROKERS', `127.0.0.1:${port}, 127.0.0.1:1`)
  const stack = await startStack({ directory: '/nowhere' })
  expect(stack).toMatchObject({
    databaseUrl: `postgresql://owner:secret@127.0.0.1:${port}/ticketing`,
    kafkaBrokers: [`127.0.0.1:${port}`, '127.0.0.1:1'],
    provider: { postgres: 'url', redis: 'url', kafka: 'url' },
  })
  await stack.stop()
})

test('a given store that does not answer is named without its password', async () => {
  const port = await findFreePort()
  const checking = checkGivenStore('postgres', `postgresql://owner:secret@127.0.0.1:${port}/ticketing`)
  await expect(checking).rejects.toThrow(
    `DATABASE_URL is set, but nothing answers at 127.0.0.1:${port}: start it or unset the variable.`,
  )
  await expect(checkGivenStore('redis', 'secret')).rejects.toThrow(/^REDIS_URL is not an address/)
})

test('STACK_PROVIDER overrides given stores and refuses other words', () => {
  expect(readStackConfig({ DATABASE_URL: 'postgresql://x/y', STACK_PROVIDER: 'embedded' })).toEqual({
    given: {},
    forced: 'embedded',
  })
  expect(() => readStackConfig({ STACK_PROVIDER: 'podman' })).toThrow('it may be docker or embedded')
})
