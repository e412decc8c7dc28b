import fc from 'fast-check'
import { expect, test } from 'vitest'
import { needlessSingles } from './single-seats.ts'

/** `.` free, `x` taken, `o` free and chosen; gives the row with `!` where a single seat is left without need. */
const judged = (row: string) => {
  const isFree = [...row].map((state) => state !== 'x')
  const chosen = new Set([...row].flatMap((state, place) => (state === 'o' ? [place] : [])))
  const singles = needlessSingles(isFree, chosen)
  return [...row].map((state, place) => (singles.includes(place) ? '!' : state)).join('')
}

test.each([
  ['oo....', 'oo....'],
  ['.oo...', '!oo...'],
  ['..oo..', '..oo..'],
  ['...oo.', '...oo!'],
  ['.oo.', '!oo!'],
  ['oo.', 'oo.'],
  ['.oo', '.oo'],
  ['xoo.xx....', 'xoo!xx....'],
  ['xoo.xx...x', 'xoo.xx...x'],
  ['xoo.xx..x', 'xoo!xx..x'],
  ['o.o', 'o.o'],
  ['o.o...', 'o!o...'],
  ['xo.x.x', 'xo!x.x'],
  ['xo.x', 'xo.x'],
  ['.xoo', '.xoo'],
  ['x.x.xooo', 'x.x.xooo'],
  ['oooo.', 'oooo.'],
  ['o', 'o'],
])('%s is judged %s', (row, expected) => {
  expect(judged(row)).toBe(expected)
})

/** Single seats of a row after a choice that were none before, from its text. */
const newSinglesIn = (row: string) => {
  const singles = (text: string) => [...text.matchAll(/(?<!\.)\.(?!\.)/g)].map((match) => match.index)
  const before = new Set(singles(row.replaceAll('o', '.')))
  return singles(row).filter((place) => !before.has(place)).length
}
const groupsIn = (row: string) => (row.match(/o+/g) ?? []).length
const chosenIn = (row: string) => [...row].filter((state) => state === 'o').length

/** Every row that differs only in which as many seats are chosen, in as many groups or fewer. */
function* otherChoices(row: string): Generator<string> {
  const base = row.replaceAll('o', '.')
  for (let bits = 0; bits < 1 << row.length; bits += 1) {
    const other = [...base].map((state, place) => (bits & (1 << place) ? 'o' : state)).join('')
    const isFree = [...base].every((state, place) => state === '.' || !(bits & (1 << place)))
    if (isFree && chosenIn(other) === chosenIn(row) && groupsIn(other) <= groupsIn(row)) yield other
  }
}

test('a choice is refused exactly when trying every other one finds one that leaves fewer single seats', () => {
  const row = fc.stringMatching(/^[.xo]{1,10}$/).filter((text) => chosenIn(text) >= 1 && chosenIn(text) <= 4)
  fc.assert(
    fc.property(row, (text) => {
      const least = Math.min(...[...otherChoices(text)].map(newSinglesIn))
      const singles = [...judged(text)].filter((state) => state === '!').length
      expect(singles).toBe(newSinglesIn(text) > least ? newSinglesIn(text) : 0)
    }),
    { numRuns: 500 },
  )
})

/** The fewest single seats by trying every way to spread so many seats over the runs of a row. */
const leastBySearch = ([run, ...others]: readonly number[], wanted: number, groups: number): number => {
  if (wanted === 0) return 0
  if (run === undefined || groups === 0) return Number.POSITIVE_INFINITY
  const ways = Array.from({ length: Math.min(run, wanted) }, (_, index) => {
    const left = run - index - 1
    return leastBySearch(others, wanted - index - 1, groups - 1) + (left === 1 ? 1 : 0)
  })
  return Math.min(leastBySearch(others, wanted, groups), ...ways)
}

test('in longer rows a choice is refused exactly when searching all runs finds one that leaves fewer single seats', () => {
  const row = fc
    .array(fc.constantFrom('.', '..', '...', '....', 'o', 'oo', '.o', 'x', 'xx'), { minLength: 4, maxLength: 24 })
    .map((parts) => parts.join(''))
    .filter((text) => chosenIn(text) >= 1 && chosenIn(text) <= 4)
  fc.assert(
    fc.property(row, (text) => {
      const runs = text
        .split('x')
        .map((run) => run.length)
        .filter((length) => length > 0)
      const least = leastBySearch(runs, chosenIn(text), groupsIn(text))
      const singles = [...judged(text)].filter((state) => state === '!').length
      expect(singles).toBe(newSinglesIn(text) > least ? newSinglesIn(text) : 0)
    }),
    { numRuns: 1_000 },
  )
})

// 166 runs can be taken four at a time in 30 million ways.
test('a row of 500 seats with every third one taken is judged without trying every way to choose', () => {
  const untouched = `${'..x'.repeat(162)}..`
  expect(judged(`${'o.x'.repeat(4)}${untouched}`)).toBe(`${'o!x'.repeat(4)}${untouched}`)
})
