import { withScratchDatabase } from '@ticket-queue/database'
import { expect, inject, test } from 'vitest'
import { renderGenerated } from './generated.ts'
import { migrationsDirectory } from './index.ts'

const render = () =>
  withScratchDatabase({ ownerUrl: inject('stack').databaseUrl, migrationsDirectory }, renderGenerated)

test('two databases of the same migrations give the same bytes', async () => {
  expect(await render()).toEqual(await render())
})

test('a service sees its own tables and common, no other', async () => {
  const types = (await render()).find((file) => file.path === 'services/payment/src/store/database.ts')?.text
  expect(types).toMatch(/export interface Database \{[^}]*\boutbox_events: OutboxEvents;[^}]*\bpayments: Payments;/)
  expect(types).not.toContain('Reservations')
  expect(types).toContain('export type PaymentsStatus = "FAILED" | "PENDING" | "REFUNDED" | "SUCCESS";')
  expect(types).toContain('amount: number;')
})
