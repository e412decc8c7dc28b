import { expect, test } from 'vitest'
import { percentilesOf } from '../load/bench/load/percentiles.ts'
import { isWarned, judgeAnswers } from './open-breaker.ts'

const quick = percentilesOf(Array.from({ length: 100 }, (_, index) => (index < 96 ? 8 : 500)))
const slow = percentilesOf(Array.from({ length: 100 }, (_, index) => (index < 94 ? 8 : 500)))
const good = { confirming: quick, opening: quick, answers: 200, others: [] }
const broken = (fields: Partial<typeof good> | { others: string[] }) =>
  judgeAnswers({ ...good, ...fields }).flatMap(({ violations }) => violations)

test('a run whose answers are all prompt and warn breaks no rule', () => {
  expect(broken({})).toEqual([])
})

test.each([
  ['confirming is slow', { confirming: slow }, ['confirming: p95 500.0 ms']],
  ['opening is slow', { opening: slow }, ['opening: p95 500.0 ms']],
  ['one answer does not warn', { others: ['503 {}'] }, ['503 {}']],
  ['nobody was answered', { answers: 0 }, ['nobody was answered']],
  ['nothing was timed', { opening: percentilesOf([]) }, ['opening: p95 NaN ms']],
])('%s: a rule is broken', (_what, fields, violations) => {
  expect(broken(fields)).toEqual(violations)
})

test('only a 503 with both warnings counts as one', () => {
  const warned = { status: 503, code: 'PORTONE_UNAVAILABLE', body: {}, text: '다시 결제하지 말고 / do not pay again' }
  expect(isWarned(warned)).toBe(true)
  for (const other of [{ status: 500 }, { code: 'SERVICE_UNAVAILABLE' }, { text: 'do not pay again' }]) {
    expect(isWarned({ ...warned, ...other })).toBe(false)
  }
})
