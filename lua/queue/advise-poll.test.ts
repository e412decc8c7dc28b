import { defineScript, replies } from '@ticket-queue/redis'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'

const redis = testRedis()

const adviceOf = defineScript({
  file: new URL('./test-advise-poll.lua', import.meta.url),
  keys: [],
  args: z.object({ people: z.int(), perSecond: z.number() }),
  reply: replies({ advice: { pollAfterMs: z.array(z.int()) } }),
})

test.each([1, 10, 250])(
  'at %i a second people ask each 1 to 2 s at the front and each 20 to 24 s far away, and never wait for more than a third of what is left',
  async (perSecond) => {
    const { pollAfterMs } = await adviceOf(redis, {}, { people: 50_000, perSecond })
    for (const [ahead, advice] of pollAfterMs.entries()) {
      const waitMs = ((ahead + 1) / perSecond) * 1_000
      expect(advice).toBeLessThanOrEqual(Math.max(1_500, Math.min(waitMs * 0.3, 24_000)))
      expect(advice).toBeGreaterThanOrEqual(Math.min(20_000, Math.max(1_250, Math.floor(waitMs / 4))))
    }
  },
)

test('in a queue of 50,000 at ten a second, a person admitted has cost at most a quarter of the polls of one each 5 s', async () => {
  const perSecond = 10
  const { pollAfterMs } = await adviceOf(redis, {}, { people: 50_000, perSecond })
  const pollsFrom: number[] = []
  for (const [ahead, advice] of pollAfterMs.entries()) {
    const next = Math.round(ahead - (advice * perSecond) / 1_000)
    pollsFrom.push(1 + (next < 0 ? 0 : (pollsFrom[next] ?? 0)))
  }
  const polls = pollsFrom.reduce((sum, count) => sum + count, 0)
  const pollsEach5Seconds = pollAfterMs.reduce((sum, _, ahead) => sum + Math.ceil((ahead + 1) / perSecond / 5), 0)
  expect(polls).toBeLessThanOrEqual(pollsEach5Seconds / 4)
})

test('people who came together do not ask together: of 1,000 in a row no tenth of the spread has more than an eighth', async () => {
  const { pollAfterMs } = await adviceOf(redis, {}, { people: 2_000, perSecond: 10 })
  const tenths = new Map<number, number>()
  for (const advice of pollAfterMs.slice(1_000)) {
    const tenth = Math.floor((advice - 20_000) / 400)
    tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1)
  }
  expect(tenths.size).toBe(10)
  expect(Math.max(...tenths.values())).toBeLessThanOrEqual(125)
})

test('while nobody is admitted, everybody asks each 10 to 12 s', async () => {
  const { pollAfterMs } = await adviceOf(redis, {}, { people: 1_000, perSecond: 0 })
  expect(Math.min(...pollAfterMs)).toBe(10_000)
  expect(Math.max(...pollAfterMs)).toBeLessThanOrEqual(12_000)
})
