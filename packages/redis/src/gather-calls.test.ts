import { expect, test } from 'vitest'
import { gatherCalls } from './gather-calls.ts'

const remembering = () => {
  const calls: (readonly number[])[] = []
  const call = async (items: readonly number[]) => {
    calls.push(items)
    if (items.includes(13)) throw new Error('thirteen')
    return items.map((item) => item * 2)
  }
  return { calls, call }
}

test('what is asked in one turn goes together, at most so many, each with a result of its own', async () => {
  const { calls, call } = remembering()
  const double = gatherCalls(call, { itemsMax: 2 })
  expect(await Promise.all([1, 2, 3].map((item) => double(item)))).toEqual([2, 4, 6])
  expect(await double(4)).toBe(8)
  expect(calls).toEqual([[1, 2], [3], [4]])
})

test('a call that is full goes at once, while the turn goes on', () => {
  const { calls, call } = remembering()
  const double = gatherCalls(call, { itemsMax: 2 })
  for (const item of [1, 2, 3]) void double(item)
  expect(calls).toEqual([[1, 2]])
})

test('only what has the same terms goes together', async () => {
  const { calls, call } = remembering()
  const double = gatherCalls(call, { itemsMax: 10, termsOf: (item) => String(item % 2) })
  expect(await Promise.all([1, 2, 3, 4].map((item) => double(item)))).toEqual([2, 4, 6, 8])
  expect(calls).toEqual([
    [1, 3],
    [2, 4],
  ])
})

test('all of a call fail with it, and no others', async () => {
  const { call } = remembering()
  const double = gatherCalls(call, { itemsMax: 2 })
  expect(await Promise.allSettled([1, 13, 3].map((item) => double(item)))).toMatchObject([
    { reason: new Error('thirteen') },
    { reason: new Error('thirteen') },
    { value: 6 },
  ])
})
