import { expect, test } from 'vitest'
import { z } from 'zod'
import { replies } from './reply.ts'

const schema = replies({
  held: { expiresAtMs: z.number() },
  taken: { seatIds: z.array(z.string()) },
  tentative: { waitMs: z.number(), seatIds: z.array(z.string()) },
  full: {},
})

test.each([
  [['held', 17], { outcome: 'held', expiresAtMs: 17 }],
  [['taken', 'a', 'b'], { outcome: 'taken', seatIds: ['a', 'b'] }],
  [['taken'], { outcome: 'taken', seatIds: [] }],
  [['tentative', 5, 'a'], { outcome: 'tentative', waitMs: 5, seatIds: ['a'] }],
  [['full'], { outcome: 'full' }],
])('the reply %j is read as %j', (reply, expected) => {
  expect(schema.parse(reply)).toEqual(expected)
})

test.each([
  ['a word the wrapper does not know', ['gone']],
  ['a word that is a property of every object', ['constructor']],
  ['a number for a word', [1]],
  ['a missing field', ['held']],
  ['a field of another type', ['held', 'soon']],
  ['nothing', []],
  ['no list', null],
])('a reply with %s is refused', (_what, reply) => {
  expect(schema.safeParse(reply).success).toBe(false)
})
