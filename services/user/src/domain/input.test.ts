import { expect, test } from 'vitest'
import { emailSchema, nameSchema, newPasswordSchema, phoneSchema } from './input.ts'

test('one address has one spelling, whatever its case, blanks or composition', () => {
  expect(emailSchema.parse('  Fan@Ticketing.TEST ')).toBe('fan@ticketing.test')
})

test.each(['', 'fan', 'fan@', '@ticketing.test', 'a b@ticketing.test', `${'a'.repeat(250)}@x.test`])(
  'refuses the address %j',
  (email) => {
    expect(emailSchema.safeParse(email).success).toBe(false)
  },
)

test('a password has 8 characters to 72 bytes', () => {
  expect(newPasswordSchema.safeParse('1234567').success).toBe(false)
  expect(newPasswordSchema.safeParse('12345678').success).toBe(true)
  expect(newPasswordSchema.safeParse('a'.repeat(72)).success).toBe(true)
  expect(newPasswordSchema.safeParse('a'.repeat(73)).success).toBe(false)
  expect(newPasswordSchema.safeParse('가'.repeat(24)).success).toBe(true)
  expect(newPasswordSchema.safeParse('가'.repeat(25)).success).toBe(false)
  expect(newPasswordSchema.safeParse('1234\u00005678').success).toBe(false)
})

test('Hangul typed as single letters is the same password as Hangul typed as syllables', () => {
  const password = '비밀번호입니다요'
  expect(newPasswordSchema.parse(password.normalize('NFD'))).toBe(newPasswordSchema.parse(password))
})

test.each([
  ['010-1234-5678', '01012345678'],
  ['+82 10-1234-5678', '01012345678'],
  ['+82 (0)10 1234 5678', '01012345678'],
  ['+1 (212) 555-0100', '12125550100'],
])('the telephone number %s is stored as %s', (given, stored) => {
  expect(phoneSchema.parse(given)).toBe(stored)
})

test.each(['', '1234', 'not a number', '0'.repeat(30)])('refuses the telephone number %j', (phone) => {
  expect(phoneSchema.safeParse(phone).success).toBe(false)
})

test('a name is trimmed, and has no control characters', () => {
  expect(nameSchema.parse('  김  팬 ')).toBe('김 팬')
  expect(nameSchema.safeParse('   ').success).toBe(false)
  expect(nameSchema.safeParse('김\u0000팬').success).toBe(false)
  expect(nameSchema.safeParse('가'.repeat(51)).success).toBe(false)
})
