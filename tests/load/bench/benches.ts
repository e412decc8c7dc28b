import { catalogueBench } from './catalogue/catalogue-bench.ts'
import type { Bench } from './findings.ts'
import { holdsBench } from './holds/holds-bench.ts'
import { machineBench } from './machine/machine-bench.ts'
import { purchaseBench } from './purchase/purchase-bench.ts'
import { queueBench } from './queue/queue-bench.ts'
import { relayBench } from './relay/relay-bench.ts'
import { seatsBench } from './seats/seats-bench.ts'
import { startBench } from './start/start-bench.ts'

/** Every bench by the name it is asked for with. */
export const benches: readonly Bench[] = [
  machineBench,
  queueBench,
  catalogueBench,
  seatsBench,
  holdsBench,
  relayBench,
  purchaseBench,
  startBench,
]
