import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stackDirectory, startOwned, withoutKafka } from '../test-owner.ts'
import { dockerAnswers } from './probe.ts'

/** An engine of which only the socket and the ping are real. */
async function engineAt(path: string, answer: RequestListener): Promise<string> {
  const engine = createServer(answer)
  onTestFinished(() => {
    engine.closeAllConnections()
    engine.close()
  })
  await new Promise<void>((resolve) => engine.listen(path, resolve))
  return `unix://${path}`
}

test('an engine that accepts connections and never answers holds a start up for about a second', async () => {
  const DOCKER_HOST = await engineAt(join(stackDirectory(), 'engine.sock'), () => {})
  const begun = performance.now()
  expect(await dockerAnswers({ DOCKER_HOST })).toBe(false)
  expect(performance.now() - begun).toBeLessThan(5000)
})

test('an engine that cannot run containers leads to embedded stores', { timeout: 60_000 }, async () => {
  const DOCKER_HOST = await engineAt(join(stackDirectory(), 'engine.sock'), (request, response) => {
    response.statusCode = request.url === '/_ping' ? 200 : 500
    response.end('{}')
  })
  const stack = await startOwned({ directory: stackDirectory() }, { ...withoutKafka(), DOCKER_HOST })
  expect(stack.provider).toEqual({ postgres: 'embedded', redis: 'embedded', kafka: 'url' })
  await stack.stop()
})

test('Docker can be insisted on', async () => {
  const env = { STACK_PROVIDER: 'docker', DOCKER_HOST: 'unix:///nowhere/engine.sock' }
  await expect(startOwned({ directory: stackDirectory() }, env)).rejects.toThrow(
    'postgres belongs into Docker, which failed: no engine answers.',
  )
})
