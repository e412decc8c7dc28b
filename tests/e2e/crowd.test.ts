import { describe, expect, test } from 'vitest'
import { runCrowd } from '../load/crowd/run-crowd.ts'
import { testSystem } from '../system/test-system.ts'

const own = await testSystem({ HOLD_SECONDS: '8', FIRST_CHECK_SECONDS: '5' })
const address = { ...own, settleTimeoutMs: 45_000 }
const broken = (books: readonly { name: string; violations: readonly string[] }[]) =>
  books.filter((rule) => rule.violations.length > 0)

describe('a crowd through the gateway', () => {
  test('everybody who pays gets a ticket, and the books of database, Redis and provider balance', async () => {
    const result = await runCrowd({ buyers: 25, failPaymentsShare: 0, abandonShare: 0, atOnce: 25 }, address, own.books)
    expect(Object.fromEntries(result.measures.endings)).toEqual({ confirmed: 25 })
    expect(broken(result.books)).toEqual([])
  }, 120_000)

  test('failed payments and abandoned holds give their seats back, and the books balance', async () => {
    const options = { buyers: 20, failPaymentsShare: 0.2, abandonShare: 0.2, atOnce: 20 }
    const result = await runCrowd(options, address, own.books)
    expect(Object.fromEntries(result.measures.endings)).toEqual({
      confirmed: 12,
      'payment failed (as told)': 4,
      'abandoned (as told)': 4,
    })
    expect(broken(result.books)).toEqual([])
  }, 120_000)
})
