import { afterAll, expect, test } from 'vitest'
import { testSystem } from '../system/test-system.ts'
import { killPurchases } from './kill-purchases.ts'
import type { PaymentFailpointName } from './payment-failpoints.ts'
import { dyingSystem, openPurchaseWires } from './purchase-wires.ts'
import { dyingSettings, reportKills } from './report-purchases.ts'

/** One place of each step, where most has been done that nobody knows of; `npm run faults -- payment` has them all. */
const places = [
  'register:after-portone',
  'confirm:after-begin',
  'confirm:before-commit',
  'confirm:after-commit',
  'capture:after-portone',
  'undo:after-portone',
  'late:after-begin',
  'webhook:after-row',
  'relay:after-send',
  'consume:before-offset',
  'refund:after-portone',
] as const satisfies readonly PaymentFailpointName[]

const wires = await openPurchaseWires()
// Before the system's own end is registered: hooks run in reverse order, and processes stop better with stores.
afterAll(() => wires.close())
const own = await testSystem(dyingSettings, { environmentFor: wires.environmentFor })

test('payment, reservation and their relays are killed in the middle of purchases: the books balance, and no buyer was told anything false (M1–M7, E1–E5)', async () => {
  const report = await killPurchases(dyingSystem(own, wires), places)
  const broken = report.rules.filter((rule) => rule.violations.length > 0)
  expect(broken, reportKills(report)).toEqual([])
  expect(report.killed.map(({ name }) => name)).toEqual(places)
}, 300_000)
