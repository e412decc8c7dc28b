import { expect, test } from 'vitest'
import { createSeatMapMemory, type View } from './seat-map-memory.ts'

const view = (bytes: number): View => ({
  key: '',
  layoutEtag: '',
  seatsTotal: 0,
  sold: new Uint8Array(),
  madeAtMs: 0,
  bodies: new Map(),
  bytes,
})
const ids = ['a', 'b', 'c', 'd']

test('views stay while there is room; then what was asked for longest ago goes', () => {
  const memory = createSeatMapMemory({ viewsMax: 10, bytesMax: 100 })
  const kept = () => ids.filter((id) => memory.get(id) !== undefined)
  for (const id of ['a', 'b', 'c']) memory.keep(id, view(30))
  expect(kept()).toEqual(['a', 'b', 'c'])
  const first = memory.get('a') as View
  memory.keep('a', first)
  memory.keep('d', view(30))
  expect(kept()).toEqual(['a', 'c', 'd'])
  first.bytes = 60
  memory.keep('a', first)
  expect(kept()).toEqual(['a', 'd'])
  memory.drop('a')
  for (const id of ['b', 'c']) memory.keep(id, view(30))
  expect(kept()).toEqual(['b', 'c', 'd'])
  memory.keep('a', view(1_000))
  expect(kept()).toEqual([])
})

test('views without bodies have a bound too', () => {
  const memory = createSeatMapMemory({ viewsMax: 2, bytesMax: 100 })
  for (const id of ids) memory.keep(id, view(0))
  expect(ids.filter((id) => memory.get(id) !== undefined)).toEqual(['c', 'd'])
})
