import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVersion, writeVersion } from './seat-version.ts'

const digest = 'AAAAbbbb-_CCCCdddd1234'
const times = fc.integer({ min: 0, max: 8_000_000_000_000 })

test('a version is read as it was written, and the later one is the greater string', () => {
  fc.assert(
    fc.property(times, times, (one, other) => {
      const [first, second] = [one, other].map((seenAtMs) => writeVersion({ seenAtMs, digest }))
      expect(readVersion(first ?? '')).toEqual({ seenAtMs: one, digest })
      expect((first ?? '') < (second ?? '')).toBe(one < other)
    }),
  )
})

test.each([
  '',
  'x',
  digest,
  `.${digest}`,
  `00000000a.${digest}=`,
  `0000000A0.${digest}`,
  `0000000a0.${digest}\n`,
  'closed-GONE',
])('%j is no version of ours', (text) => {
  expect(readVersion(text)).toBeNull()
})
