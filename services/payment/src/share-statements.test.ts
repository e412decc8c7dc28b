import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { callService, ServiceCallError } from '@ticket-queue/service-kit'
import { expect, test } from 'vitest'
import { shareLeaving } from './share-statements.ts'

test('a queue service that is away is away for all who leave together: it is asked once, not once for each', async () => {
  let asked = 0
  const away = createServer((request) => {
    asked += 1
    request.socket.destroy()
  })
  away.listen(0, '127.0.0.1')
  await once(away, 'listening')
  const baseUrl = `http://127.0.0.1:${(away.address() as AddressInfo).port}`
  const queue = callService({ baseUrl, apiKey: randomUUID(), caller: 'payment', timeoutMs: 5_000 })
  const leave = shareLeaving(queue)
  const people = Array.from({ length: 20 }, () => ({ userId: randomUUID(), scheduleId: randomUUID() }))
  const left = await Promise.allSettled(people.map((one) => leave(one)))
  expect(left.every((one) => one.status === 'rejected' && one.reason instanceof ServiceCallError)).toBe(true)
  expect(asked).toBe(1)
  await queue.close()
  away.close()
})
