import { describe, expect, it } from 'vitest'
import { internalInventorySchema, internalSeatColumnsSchema } from './event.ts'

const id = (n: number) => `01890000-0000-7000-8000-00000000000${n}`
const columns = {
  id: [id(0), id(1)],
  ordinal: [0, 1],
  seatNumber: ['A-1-001', 'A-1-002'],
  section: ['A', 'A'],
  row: ['1', '1'],
  grade: ['VIP', 'S'],
  price: [150_000, 0],
  x: [0, 1.25],
  y: [-3, -3],
}
const answer = { scheduleId: id(9), columns, accessible: [0], companions: [[1, 0]], restrictedView: [] }
const isAccepted = (value: unknown) => internalSeatColumnsSchema.safeParse(value).success

describe('the inventory as one list per field', () => {
  it('is given as it came', () => {
    expect(internalInventorySchema.parse(answer)).toEqual(answer)
    const none = Object.fromEntries(Object.keys(columns).map((name) => [name, []]))
    expect(isAccepted({ ...answer, columns: none, accessible: [], companions: [] })).toBe(true)
  })

  it.each(Object.keys(columns))('is refused when %s has not one value for each seat, or is no list at all', (name) => {
    for (const list of [[], columns[name as keyof typeof columns].slice(1), undefined, null, {}, 'AB'])
      expect(isAccepted({ ...answer, columns: { ...columns, [name]: list } })).toBe(false)
  })

  it.each([
    ['id', [id(0), 'seat-1']],
    ['id', [id(0), 1]],
    ['ordinal', [0, -1]],
    ['ordinal', [0, 0.5]],
    ['seatNumber', ['A-1-001', null]],
    ['section', ['A', 1]],
    ['row', ['1', 1]],
    ['grade', ['VIP', 'Z']],
    ['price', [1, '2']],
    ['price', [1, -2]],
    ['x', [0, null]],
    ['y', [0, Number.POSITIVE_INFINITY]],
  ])('is refused when %s is %j', (name, list) => {
    expect(isAccepted({ ...answer, columns: { ...columns, [name]: list } })).toBe(false)
  })

  it('is refused when what is said of few seats is not said by ordinals', () => {
    expect(isAccepted({ ...answer, accessible: [true] })).toBe(false)
    expect(isAccepted({ ...answer, companions: [[1]] })).toBe(false)
    expect(isAccepted({ ...answer, restrictedView: null })).toBe(false)
  })
})
