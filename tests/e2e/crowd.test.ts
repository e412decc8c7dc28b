import { apiAt, logIn } from '@ticket-queue/scripts/call-api'
import { describe, expect, test } from 'vitest'
import { runCrowd } from '../load/crowd/run-crowd.ts'
import { testSystem } from '../system/test-system.ts'

const own = await testSystem({ HOLD_SECONDS: '8', FIRST_CHECK_SECONDS: '5', CHECK_CLAIM_SECONDS: '10' })
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

  test('accounts that all come from one address show work for their places, none is refused, and each gets a ticket', async () => {
    const admin = apiAt(own.gatewayUrl, await logIn(own.gatewayUrl, own.admin.email, own.admin.password))
    const queue = `/queue/admin/schedules/${own.scheduleId}`
    await admin('PUT', queue, { proofOfWork: { baseBits: 8, maxBits: 12, freeAccountsPerAddress: 2 } })
    const result = await runCrowd({ buyers: 12, failPaymentsShare: 0, abandonShare: 0, atOnce: 12 }, address, own.books)
    await admin('PUT', queue, { proofOfWork: null })
    expect(Object.fromEntries(result.measures.endings)).toEqual({ confirmed: 12 })
    expect(result.measures.repeats.get('enter queue: PROOF_REQUIRED')).toBe(12)
    expect(broken(result.books)).toEqual([])
  }, 120_000)
})
