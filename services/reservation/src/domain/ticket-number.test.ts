import { expect, test } from 'vitest'
import { makeTicketNumber } from './ticket-number.ts'

test('ticket numbers have a fixed readable form and do not repeat', () => {
  const numbers = Array.from({ length: 2_000 }, makeTicketNumber)
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const number of numbers) expect(number).toMatch(/^T(-[0-9A-HJKMNP-TV-Z]{4}){4}$/)
})
