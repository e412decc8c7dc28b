import type { Bench, Findings } from '../findings.ts'
import { measureParts } from '../measure-parts.ts'
import { eventDelays, eventDelaysMeasures } from './event-delays.ts'
import type { PurchaseDeps } from './purchase-deps.ts'
import { wholePurchases, wholePurchasesMeasures } from './whole-purchases.ts'

/** P8 and P9 on one system. */
export const purchaseBench: Bench = {
  name: 'purchase',
  measures: [...Object.values(wholePurchasesMeasures), ...Object.values(eventDelaysMeasures)],
  run: (deps) => measureParts(deps, async () => ({}), [buyAndFollow]),
}

/** How fast the system sells decides at which rate its events can be followed. */
async function buyAndFollow(deps: PurchaseDeps): Promise<Findings> {
  const bought = await wholePurchases(deps)
  const followed = await eventDelays(deps, bought.boughtPerSecond)
  return {
    findings: [...bought.findings, ...followed.findings],
    loads: [...bought.loads, ...followed.loads],
    notes: [...bought.notes, ...followed.notes],
  }
}
