import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from './network-of.ts'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('two spellings of an IPv6 address are of one network, and so are all addresses with its first 64 bits', () => {
  const groups = fc.array(fc.nat({ max: 0xff_ff }), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(groups, groups, (one, other) => {
      const written = one.map((group) => group.toString(16))
      const neighbour = [...written.slice(0, 4), ...other.slice(4).map((group) => group.toString(16).padStart(4, '0'))]
      const { hostname } = new URL(`http://[${written.join(':')}]/`)
      const shortened = hostname.slice(1, -1)
      expect(networkOf(shortened)).toBe(networkOf(written.join(':')))
      expect(networkOf(neighbour.join(':').toUpperCase())).toBe(networkOf(written.join(':')))
    }),
  )
})

test('networks that differ in their first 64 bits are different', () => {
  const group = fc.nat({ max: 0xff_ff })
  fc.assert(
    fc.property(fc.tuple(group, group, group, group), fc.tuple(group, group, group, group), (one, other) => {
      const address = (front: number[]) => `${front.map((part) => part.toString(16)).join(':')}:1:2:3:4`
      expect(networkOf(address(one)) === networkOf(address(other))).toBe(one.join() === other.join())
    }),
  )
})
