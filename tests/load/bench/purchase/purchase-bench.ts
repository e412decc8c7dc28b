import type { Bench } from '../findings.ts'
import { measureParts } from '../measure-parts.ts'
import { eventDelays, eventDelaysMeasures } from './event-delays.ts'
import { wholePurchases, wholePurchasesMeasures } from './whole-purchases.ts'

/** P8 and P9 on one system. */
export const purchaseBench: Bench = {
  name: 'purchase',
  measures: [...Object.values(wholePurchasesMeasures), ...Object.values(eventDelaysMeasures)],
  run: (deps) => measureParts(deps, async () => ({}), [eventDelays, wholePurchases]),
}
