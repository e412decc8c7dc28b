import { expect, test } from 'vitest'
import { isSamePerson } from './person.ts'

const verified = { name: '김팬', phone: '01012345678' }

test('the person is the same however name and number are written', () => {
  expect(isSamePerson({ name: '김 팬', phone: '+82 10-1234-5678' }, verified)).toBe(true)
  expect(isSamePerson({ name: '김팬', phone: '010-1234-5678' }, { ...verified, phone: '821012345678' })).toBe(true)
  expect(isSamePerson({ name: 'KIM FAN', phone: '01012345678' }, { ...verified, name: 'Kim Fan' })).toBe(true)
})

test('another name or another number is another person', () => {
  expect(isSamePerson({ name: '이팬', phone: '01012345678' }, verified)).toBe(false)
  expect(isSamePerson({ name: '김팬', phone: '01099999999' }, verified)).toBe(false)
})

test('where the provider tells no number, the name decides', () => {
  expect(isSamePerson({ name: '김팬', phone: '01099999999' }, { name: '김팬', phone: null })).toBe(true)
})
