import { expect, test } from 'vitest'
import { inSlices } from './in-slices.ts'
import { spreadOver } from './spread-over.ts'

test('every item is ended once, over the whole time and not in the order it had', async () => {
  const items = Array.from({ length: 300 }, (_, index) => index)
  const ended: { item: number; atMs: number }[] = []
  const begunAtMs = performance.now()
  await spreadOver(items, 600, (item) => ended.push({ item, atMs: performance.now() - begunAtMs }))
  const order = ended.map(({ item }) => item)
  expect(order.toSorted((one, other) => one - other)).toEqual(items)
  expect(order).not.toEqual(items)
  expect(new Set(ended.map(({ atMs }) => Math.floor(atMs / 50))).size).toBeGreaterThan(3)
  expect(ended.at(-1)?.atMs).toBeGreaterThanOrEqual(500)
})

test('no items are no wait', async () => {
  await spreadOver([], 60_000, () => expect.fail())
})

test('work in slices is done once for each in order, and lets others have their turn', async () => {
  const items = Array.from({ length: 2_600 }, (_, index) => index)
  const done: number[] = []
  let turns = 0
  let isOver = false
  const takeTurn = () => {
    turns += 1
    if (!isOver) setImmediate(takeTurn)
  }
  setImmediate(takeTurn)
  await inSlices(items, (item) => done.push(item))
  isOver = true
  expect(done).toEqual(items)
  expect(turns).toBeGreaterThanOrEqual(5)
})
