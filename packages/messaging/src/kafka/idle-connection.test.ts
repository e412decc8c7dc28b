import { waitUntil } from '@ticket-queue/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { testBroker } from '../test-broker.ts'

const broker = await testBroker()

test('an idle connection sleeps: no timer without end, and no warning of a negative one', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(warning.name)
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  const messaging = broker.join()
  await messaging.publishBatch({ name: 'queue.events', partitions: 3, retentionMs: 1 }, [{ key: 'a', value: 'b' }])

  const timers = vi.spyOn(globalThis, 'setTimeout')
  onTestFinished(() => timers.mockRestore())
  const until = performance.now() + 1000
  await waitUntil(() => performance.now() > until, { intervalMs: 200 })
  // Unpatched, kafkajs sets one every millisecond on each connection.
  expect(timers.mock.calls.length).toBeLessThan(20)
  expect(warnings).not.toContain('TimeoutNegativeWarning')
})
