import { testRedis } from '@ticket-queue/testing'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { naiveRooms } from './test-naive-rooms.ts'
import { openRoom } from './test-room.ts'
import { commandsOfRoom } from './test-room-commands.ts'
import { Broken, emptyModel, type PropertyName } from './test-room-model.ts'

const redis = testRedis()
const services = [redis, redis.duplicate(), redis.duplicate()]
afterAll(() => Promise.all(services.slice(1).map((service) => service.close())))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const timeoutMs = 120_000
/** Few people and a short queue, so that all meet all. */
const open = (maxInside: number | null) => openRoom(services, 10, { batchSize: 3, capacity: 7, maxInside })
const limits = fc.constantFrom(null, 4)

test(
  'whatever people, three services with clocks hours apart and losses of Redis do: order, rate in 1, 10 and 60 s, one place each, capacity, no starvation, tokens for their owners, places back after a loss, no number twice',
  async () => {
    const promises = fc.asyncProperty(commandsOfRoom, limits, async (commands, maxInside) => {
      const real = await open(maxInside)
      await fc.asyncModelRun(() => ({ model: emptyModel(), real }), commands)
    })
    await fc.assert(promises, { numRuns: 150 })
  },
  timeoutMs,
)

test.each(Object.entries(naiveRooms).map(([property, naive]) => ({ property, ...naive })))(
  'control: "$property" is broken by a room that does so: $how',
  async ({ property, change }) => {
    const promise = fc.asyncProperty(commandsOfRoom, limits, async (commands, maxInside) => {
      const room = await open(maxInside)
      const real = { ...room, ...change(room, redis) }
      const run = fc.asyncModelRun(() => ({ model: emptyModel(), real }), commands)
      return (await brokenBy(run)) !== property
    })
    const result = await fc.check(promise, { numRuns: 1000, endOnFailure: true })
    expect(result.failed).toBe(true)
  },
  timeoutMs,
)

/** The promise that a run has broken, if it is one. */
async function brokenBy(run: Promise<void>): Promise<PropertyName | null> {
  try {
    await run
    return null
  } catch (error) {
    if (error instanceof Broken) return error.property
    throw error
  }
}
