import { expect, test } from 'vitest'
import { chooseLanguage, judgeConsents } from './terms.ts'

const terms = [
  { id: 'service', version: 2, required: true },
  { id: 'privacy', version: 1, required: true },
  { id: 'marketing', version: 1, required: false },
]
const service = { termsId: 'service', version: 2 }
const privacy = { termsId: 'privacy', version: 1 }

test('the required consents are enough, optional ones may come along', () => {
  expect(judgeConsents(terms, [service, privacy])).toEqual([])
  expect(judgeConsents(terms, [service, privacy, { termsId: 'marketing', version: 1 }])).toEqual([])
})

test('every problem is named', () => {
  expect(
    judgeConsents(terms, [
      { termsId: 'service', version: 1 },
      { termsId: 'cookies', version: 1 },
    ]),
  ).toEqual([
    { termsId: 'service', code: 'OUTDATED' },
    { termsId: 'privacy', code: 'MISSING' },
    { termsId: 'cookies', code: 'UNKNOWN' },
  ])
  expect(judgeConsents(terms, [service, privacy, privacy])).toEqual([{ termsId: 'privacy', code: 'REPEATED' }])
})

test.each([
  [undefined, 'ko'],
  ['', 'ko'],
  ['fr', 'ko'],
  ['en', 'en'],
  ['en-GB,en;q=0.9', 'en'],
  ['ko-KR,ko;q=0.9,en;q=0.8', 'ko'],
  ['en;q=0.5, ko;q=0.9', 'ko'],
  ['fr, en;q=0.3', 'en'],
  ['en;q=0', 'ko'],
  ['*', 'ko'],
])('Accept-Language %j is answered in %s', (header, language) => {
  expect(chooseLanguage(header)).toBe(language)
})
