import { expect, test } from 'vitest'
import { chooseCoding } from './choose-coding.ts'

test.each([
  [undefined, null],
  ['', null],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['BR', 'br'],
  ['x-gzip', 'gzip'],
  ['deflate', null],
  ['*', 'br'],
  ['br;q=0, *', 'gzip'],
  ['br;q=0, gzip;q=0', null],
  ['*;q=0', null],
  ['br;q=0.2, gzip;q=0.8', 'gzip'],
  ['gzip;q=0.5, identity;q=0.9', null],
  ['identity', null],
  ['identity, br', 'br'],
  ['br;q=high', null],
  ['br;q=1.5', null],
  ['br;q=-1, gzip ; q=0.001', 'gzip'],
  [',;q=,', null],
])('Accept-Encoding %j is answered with %s', (header, coding) => {
  expect(chooseCoding(header)).toBe(coding)
})
