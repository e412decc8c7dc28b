import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPersonalData } from './personal-data.ts'

const key = (id: string) => ({ id, secret: randomBytes(32) })
const lookupKey = randomBytes(32)
const first = key('k1')
const on = createPersonalData({ encryption: 'on', keys: [first], lookupKey })
const place = 'users.email:1'

test('whatever is sealed opens again, and the sealed text does not contain it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 4 }), (value) => {
      const sealed = on.seal(place, value)
      expect(on.open(place, sealed)).toBe(value)
      expect(sealed).not.toContain(value)
    }),
  )
})

test('the same value is sealed differently each time, and names its key', () => {
  expect(on.seal(place, 'fan@ticketing.test')).not.toBe(on.seal(place, 'fan@ticketing.test'))
  expect(on.seal(place, 'fan@ticketing.test')).toMatch(/^k1\./)
})

test('a sealed text does not open in another row or column', () => {
  const sealed = on.seal(place, 'fan@ticketing.test')
  expect(() => on.open('users.email:2', sealed)).toThrow()
  expect(() => on.open('users.name:1', sealed)).toThrow()
})

test('any changed character is noticed', () => {
  const sealed = on.seal(place, 'fan@ticketing.test')
  const [id, nonce = '', body = ''] = sealed.split('.')
  for (let index = 0; index < body.length - 1; index += 1) {
    const changed = `${body.slice(0, index)}${body[index] === 'A' ? 'B' : 'A'}${body.slice(index + 1)}`
    expect(() => on.open(place, `${id}.${nonce}.${changed}`)).toThrow()
  }
  expect(() => on.open(place, `${id}.${nonce}.${body.slice(0, 12)}`)).toThrow()
})

test('rows of an old key open after a new key has taken over, and not without the old key', () => {
  const second = key('k2')
  const sealed = on.seal(place, 'fan@ticketing.test')
  const rotated = createPersonalData({ encryption: 'on', keys: [second, first], lookupKey })
  expect(rotated.open(place, sealed)).toBe('fan@ticketing.test')
  expect(rotated.seal(place, 'fan@ticketing.test')).toMatch(/^k2\./)
  const forgotten = createPersonalData({ encryption: 'on', keys: [second], lookupKey })
  expect(() => forgotten.open(place, sealed)).toThrow('k1')
})

test('look-ups are equal for equal values of one kind only, and depend on the key', () => {
  expect(on.lookup('email', 'a@b.test')).toBe(on.lookup('email', 'a@b.test'))
  expect(on.lookup('email', 'a@b.test')).not.toBe(on.lookup('ci', 'a@b.test'))
  const other = createPersonalData({ encryption: 'on', keys: [first], lookupKey: randomBytes(32) })
  expect(on.lookup('email', 'a@b.test')).not.toBe(other.lookup('email', 'a@b.test'))
})

test('off is plain text', () => {
  const off = createPersonalData({ encryption: 'off' })
  expect(off.seal(place, 'fan@ticketing.test')).toBe('fan@ticketing.test')
  expect(off.open(place, 'fan@ticketing.test')).toBe('fan@ticketing.test')
  expect(off.lookup('email', 'fan@ticketing.test')).toBe('fan@ticketing.test')
})
