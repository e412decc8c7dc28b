import { expect, test } from 'vitest'
import { matchesRequest } from './fault-rule.ts'

test.each([
  ['POST /payments/*/cancel', 'POST', '/payments/a/cancel', true],
  ['POST /payments/*/cancel', 'GET', '/payments/a/cancel', false],
  ['POST /payments/*/cancel', 'POST', '/payments/a/b/cancel', false],
  ['POST /payments/*/cancel', 'POST', '/payments//cancel', false],
  ['GET /payments/*', 'GET', '/payments/a', true],
  ['GET /payments/*', 'GET', '/payments/a/transactions', true],
  ['GET /payments/*', 'GET', '/payments', false],
  ['* /oauth/*', 'POST', '/oauth/kakao/token', true],
  ['* /*', 'DELETE', '/anything/at/all', true],
  ['GET /payments', 'GET', '/payments', true],
  ['GET /pay', 'GET', '/payments', false],
])('"%s" and %s %s: %s', (match, method, path, expected) => {
  expect(matchesRequest(match, method, path)).toBe(expected)
})
