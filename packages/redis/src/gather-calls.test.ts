import { expect, test } from 'vitest'
import { gatherCalls } from './gather-calls.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

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

test('who asks while a call is under way goes with the next one, and who is alone waits for nobody', async () => {
  const ends: (() => void)[] = []
  const calls: (readonly number[])[] = []
  const slow = async (items: readonly number[]) => {
    calls.push(items)
    await new Promise<void>((resolve) => ends.push(resolve))
    return items
  }
  const ask = gatherCalls(slow, { itemsMax: 3, callsAtOnce: 1, waitMaxMs: 60_000 })
  const first = ask(1)
  await turn()
  expect(calls).toEqual([[1]])
  const second = ask(2)
  await turn()
  const third = ask(3)
  await turn()
  expect(calls).toEqual([[1]])
  ends[0]?.()
  await first
  await turn()
  expect(calls).toEqual([[1], [2, 3]])
  const full = [4, 5, 6].map((item) => ask(item))
  expect(calls.at(-1), 'a full call goes at once').toEqual([4, 5, 6])
  for (const end of ends) end()
  expect(await Promise.all([second, third, ...full])).toEqual([2, 3, 4, 5, 6])
})

test('a call that hangs holds nobody up for longer than it may, and one that fails lets the next go', async () => {
  const { promise: never, reject: fail } = Promise.withResolvers<readonly number[]>()
  const calls: (readonly number[])[] = []
  const hanging = (items: readonly number[]) => {
    calls.push(items)
    return items.includes(1) ? never : Promise.resolve(items)
  }
  const ask = gatherCalls(hanging, { itemsMax: 9, callsAtOnce: 1, waitMaxMs: 5 })
  const first = ask(1)
  await turn()
  expect(await Promise.all([ask(2), ask(3)])).toEqual([2, 3])
  expect(calls).toEqual([[1], [2, 3]])
  const patient = gatherCalls(hanging, { itemsMax: 9, callsAtOnce: 1, waitMaxMs: 60_000 })
  const failing = patient(1)
  await turn()
  const next = patient(4)
  await turn()
  fail(new Error('lost'))
  await expect(first).rejects.toThrow('lost')
  await expect(failing).rejects.toThrow('lost')
  expect(await next).toBe(4)
})
