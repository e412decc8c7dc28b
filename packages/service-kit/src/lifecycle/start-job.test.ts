import { expect, it, vi } from 'vitest'
import { rememberingLog } from '../test-log.ts'
import { startJob } from './start-job.ts'

const { log, text } = rememberingLog('job')

it('goes on after an error, which is logged with the name of the job', async () => {
  let runs = 0
  const job = startJob({
    name: 'sweep-holds',
    everyMs: 5,
    log,
    run: async () => {
      runs += 1
      if (runs === 1) throw new Error('first run fails')
    },
  })
  await vi.waitFor(() => expect(runs).toBeGreaterThan(2))
  await job.close()
  expect(text()).toContain('"job":"sweep-holds"')
  expect(text()).toContain('first run fails')
})

it('runs never overlap, and close waits for the one under way after telling it to hurry', async () => {
  let under = 0
  let most = 0
  let told = false
  const job = startJob({
    name: 'slow',
    everyMs: 1,
    log,
    run: async (signal) => {
      under += 1
      most = Math.max(most, under)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      told = true
      under -= 1
    },
  })
  await vi.waitFor(() => expect(under).toBe(1))
  await job.close()
  expect({ under, most, told }).toEqual({ under: 0, most: 1, told: true })
})
