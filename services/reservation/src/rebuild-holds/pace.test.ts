import { expect, it } from 'vitest'
import { createPace } from './pace.ts'

function paceWith(restsMaxMs: number) {
  let nowMs = 1_000
  const restsMs: number[] = []
  const pace = createPace({
    restsMaxMs,
    nowMs: () => nowMs,
    pause: async (ms) => {
      restsMs.push(ms)
      nowMs += ms
    },
  })
  const step = async (workMs: number) => {
    nowMs += workMs
    await pace.rest()
  }
  return { pace, step, restsMs }
}

it('rests four times as long as a step has worked, its own rests not counted', async () => {
  const { step, restsMs } = paceWith(5_000)
  await step(10)
  await step(25)
  expect(restsMs).toEqual([40, 100])
})

it('rests no longer in all than it may, however slow the stores are', async () => {
  const { step, restsMs } = paceWith(100)
  await step(20)
  await step(20)
  await step(20)
  expect(restsMs).toEqual([80, 20])
})

it('rests no more once there is something to mend', async () => {
  const { pace, step, restsMs } = paceWith(5_000)
  await step(10)
  pace.hurry()
  await step(10)
  expect(restsMs).toEqual([40])
})

it('a rest ends when the work is told to stop', async () => {
  const stop = new AbortController()
  let nowMs = 0
  const pace = createPace({ restsMaxMs: 600_000, signal: stop.signal, nowMs: () => nowMs })
  nowMs = 150_000
  const resting = pace.rest()
  stop.abort()
  await expect(resting).resolves.toBeUndefined()
})
