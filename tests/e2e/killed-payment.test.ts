import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { runCrowd } from '../load/crowd/run-crowd.ts'
import { testSystem } from '../system/test-system.ts'

const own = await testSystem({ FIRST_CHECK_SECONDS: '5', CHECK_CLAIM_SECONDS: '10' })
const address = { ...own, settleTimeoutMs: 60_000 }

test('the payment service is killed while people pay, is started again, and the books balance', async () => {
  const payment = own.system.processes.get('payment')
  const killed = payment?.pid()
  const running = runCrowd({ buyers: 8, failPaymentsShare: 0.25, abandonShare: 0, atOnce: 8 }, address, own.books)
  const ledger = () => own.books.ledger()
  const before = (await ledger()).length
  await waitUntil(async () => expect((await ledger()).length).toBeGreaterThan(before + 1), { timeoutMs: 60_000 })
  payment?.kill('SIGKILL')
  const result = await running
  expect(payment?.pid()).not.toBe(killed)
  expect(Object.fromEntries(result.measures.endings)).toEqual({ confirmed: 6, 'payment failed (as told)': 2 })
  expect(result.books.filter((rule) => rule.violations.length > 0)).toEqual([])
}, 180_000)
