import { expect, test } from 'vitest'
import { waitUntil } from './wait-until.ts'

test('gives the first answer that is neither false nor null', async () => {
  const answers = [false, null, 'done']
  expect(await waitUntil(() => answers.shift())).toBe('done')
})

test('takes an assertion that stops failing for an answer', async () => {
  let looks = 0
  await waitUntil(() => {
    looks += 1
    expect(looks).toBe(3)
  })
  expect(looks).toBe(3)
})

test('fails with the last error after its deadline', async () => {
  let looks = 0
  const waiting = waitUntil(
    () => {
      looks += 1
      throw new Error(`look ${looks}`)
    },
    { timeoutMs: 50 },
  )
  await expect(waiting).rejects.toThrow(/Not so after 50 ms: look \d+/)
})
