import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storableJson, storableText } from './storable-text.ts'

test.each([
  ['한도초과 🎫', '한도초과 🎫'],
  ['a\0b', 'a\ufffdb'],
  ['half \ud83c', 'half \ufffd'],
])('%j', (text, expected) => {
  expect(storableText(text)).toBe(expected)
})

test('whatever somebody wrote, no text of it is one that PostgreSQL refuses', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      const stored: string[] = JSON.parse(storableJson({ texts })).texts
      expect(stored.every((text) => text.isWellFormed() && !text.includes('\0'))).toBe(true)
    }),
    { numRuns: 30 },
  )
  expect(storableJson({ a: ['\ud800', 1, null], b: 'ok' })).toBe('{"a":["\ufffd",1,null],"b":"ok"}')
})
