import { expect, test, vi } from 'vitest'
import { groupWork } from './group-work.ts'

/** Work that ends when it is told to, and remembers the groups it was given. */
const heldWork = () => {
  const groups: (readonly number[])[] = []
  const ends: (() => void)[] = []
  const work = async (items: readonly number[]) => {
    groups.push(items)
    const { promise, resolve } = Promise.withResolvers<void>()
    ends.push(resolve)
    await promise
    if (items.includes(13)) throw new Error('thirteen')
    return items.map((item) => item * 2)
  }
  const endNext = async () => {
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(0))
    ends.shift()?.()
  }
  return { groups, work, endNext }
}

/** Asks for the first item, and for the others when it is being worked on. */
async function askInTurn(double: (item: number) => Promise<number>, [first = 0, ...others]: readonly number[]) {
  const asked = [double(first)]
  await Promise.resolve()
  return [...asked, ...others.map(double)]
}

test('who is alone waits for nobody, and all who ask meanwhile go together, each with a result of its own', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10 })
  const asked = await askInTurn(double, [1, 2, 3])
  expect(groups).toEqual([[1]])
  await endNext()
  await endNext()
  expect(await Promise.all(asked)).toEqual([2, 4, 6])
  expect(groups).toEqual([[1], [2, 3]])
})

test('who asks in the same step goes along from the beginning', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10 })
  const asked = [1, 2, 3].map((item) => double(item))
  await endNext()
  expect(await Promise.all(asked)).toEqual([2, 4, 6])
  expect(groups).toEqual([[1, 2, 3]])
})

test('where two may be under way the second does not wait for the first, and the third waits for either', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10, groupsAtOnce: 2 })
  const first = await askInTurn(double, [1, 2])
  await Promise.resolve()
  const asked = [...first, double(3), double(4)]
  await Promise.resolve()
  expect(groups).toEqual([[1], [2]])
  for (let group = 0; group < 3; group += 1) await endNext()
  expect(await Promise.all(asked)).toEqual([2, 4, 6, 8])
  expect(groups).toEqual([[1], [2], [3, 4]])
})

test('no more than so many go together, in the order in which they asked', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 2 })
  const asked = await askInTurn(double, [1, 2, 3, 4])
  for (let group = 0; group < 3; group += 1) await endNext()
  expect(await Promise.all(asked)).toEqual([2, 4, 6, 8])
  expect(groups).toEqual([[1], [2, 3], [4]])
})

test('nobody fails for what another has asked, and what fails alone stops nothing', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10 })
  const asked = await askInTurn(double, [1, 2, 13, 4])
  for (let group = 0; group < 5; group += 1) await endNext()
  expect(await Promise.allSettled(asked)).toMatchObject([
    { value: 2 },
    { value: 4 },
    { reason: new Error('thirteen') },
    { value: 8 },
  ])
  expect(groups).toEqual([[1], [2, 13, 4], [2], [13], [4]])
  const later = double(5)
  await endNext()
  expect(await later).toBe(10)
})

test('a group that hangs holds nobody up for long: others go beside it, but only so many', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10, slowMs: 20 })
  const asked = [1]
  const answers = await askInTurn(double, asked)
  for (const item of [2, 3]) {
    answers.push(double(item))
    asked.push(item)
    await vi.waitFor(() => expect(groups).toEqual(asked.map((one) => [one])))
  }
  answers.push(double(4), double(5))
  await endNext()
  await vi.waitFor(() => expect(groups).toEqual([[1], [2], [3], [4, 5]]))
  for (let group = 0; group < 3; group += 1) await endNext()
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10])
})

test('who waits for too long is refused as by a database that is away, and nothing is done for them later', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10, waitMaxMs: 20 })
  const first = double(1)
  await Promise.resolve()
  await expect(double(2)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  const third = double(3)
  await endNext()
  await endNext()
  expect(await Promise.all([first, third])).toEqual([2, 6])
  expect(groups).toEqual([[1], [3]])
})

test('no more than so many wait', async () => {
  const { work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10, waitingMax: 2 })
  const asked = await askInTurn(double, [1, 2, 3])
  await expect(double(4)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  await endNext()
  await endNext()
  expect(await Promise.all(asked)).toEqual([2, 4, 6])
})

test('an error that would meet each of them alone fails all at once', async () => {
  const { groups, work, endNext } = heldWork()
  const double = groupWork(work, { itemsMax: 10, isForAll: (error) => String(error).includes('thirteen') })
  const asked = await askInTurn(double, [1, 2, 13])
  await endNext()
  await endNext()
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(groups).toEqual([[1], [2, 13]])
})
