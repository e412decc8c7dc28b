import { expect, test } from 'vitest'
import { heard } from './heard.ts'
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

test('a service that has too much to do is asked again, and any other answer is the answer', async () => {
  const answers = [
    [503, 'OVERLOADED'],
    [503, 'AWAY'],
    [200, 'OVERLOADED'],
  ] as const
  const [overloaded, away, good] = answers.map(([statusCode, code]) => ({ statusCode, json: () => ({ code }) }))
  const next = [overloaded, away, good].values()
  const ask = async () => next.next().value ?? { statusCode: 0, json: () => ({}) }
  expect(await heard(ask)).toBe(away)
  expect(await heard(ask)).toBe(good)
})
