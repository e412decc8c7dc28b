import { expect, test } from 'vitest'
import { simulatePolls } from './simulate-polls.ts'

test('with a fixed pause a person polls once per pause until the turn has come', () => {
  const one = simulatePolls(1, 0.1, () => 3_000)
  expect(one.pollsPerPerson).toBe(4)
  expect(one.noticedAfterMs.max).toBe(2_000)
  expect(simulatePolls(100, 1, () => 1_000).pollsPerPerson).toBe(50.5)
})

test('what a person is told follows the place, which gets better as others are admitted', () => {
  const told: number[] = []
  simulatePolls(11, 1, (ahead) => {
    told.push(ahead)
    return 5_000
  })
  expect(told.slice(-3)).toEqual([10, 5, 0])
})
