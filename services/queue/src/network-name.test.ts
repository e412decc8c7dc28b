import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createNetworkNames } from './network-name.ts'

const keys = () => [{ id: 'a', secret: randomBytes(32) }]

test('a network has one name at every replica, another one than its neighbours, and no address stands in it', () => {
  const shared = keys()
  const [one, other] = [createNetworkNames(shared), createNetworkNames(shared)]
  expect(one('2001:db8:1:2::1')).toBe(other('2001:db8:1:2::ffff'))
  expect(one('2001:db8:1:3::1')).not.toBe(one('2001:db8:1:2::1'))
  expect(one('203.0.113.7')).toMatch(/^[\w-]{22}$/)
  expect(one('203.0.113.7')).not.toContain('203')
})

test('without the key nobody finds the network by trying all addresses', () => {
  expect(createNetworkNames(keys())('203.0.113.7')).not.toBe(createNetworkNames(keys())('203.0.113.7'))
})
