import { expect, test } from 'vitest'
import { ticketKeysSchema } from './config.ts'

const base64 = (byte: number) => Buffer.alloc(32, byte).toString('base64')

test('ticket keys are read in their order: the first one signs', () => {
  expect(ticketKeysSchema.parse(`b-2=${base64(2)},a_1=${base64(1)}`)).toEqual([
    { id: 'b-2', secret: Buffer.alloc(32, 2) },
    { id: 'a_1', secret: Buffer.alloc(32, 1) },
  ])
})

test.each([
  ['nothing', ''],
  ['a key without a name', base64(1)],
  ['a short key', `a=${Buffer.alloc(16).toString('base64')}`],
  ['an empty entry', `a=${base64(1)},`],
  ['something that is not base64', `a=${'!'.repeat(43)}=`],
])('%s is refused at the start', (_what, text) => {
  expect(ticketKeysSchema.safeParse(text).success).toBe(false)
})
