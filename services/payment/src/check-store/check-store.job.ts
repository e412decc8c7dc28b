import { type Job, type Log, type Metrics, startJob } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { Gauge } from 'prom-client'
import type { Database } from '../store/database.ts'
import { findOtherStores } from './check-store.ts'

interface CheckStoreDeps {
  readonly db: Kysely<Database>
  readonly log: Log
  readonly metrics: Metrics
  readonly storeId: string
}

const firstAfterMs = 5_000
const againAfterMs = 60_000
const dayMs = 86_400_000

/** Looks five seconds after the start and once a day whether payments belong to another store than calls name. */
export function checkStoreJob(deps: CheckStoreDeps): Job {
  const look = createLook(deps)
  let pauseMs = firstAfterMs
  return startJob({
    name: 'check-store',
    everyMs: () => pauseMs,
    log: deps.log,
    run: async () => {
      pauseMs = againAfterMs
      await look()
      pauseMs = dayMs
    },
  })
}

/** Gives one look of the job: a figure, and an error in the log that names the other stores. */
export function createLook({ db, log, metrics, storeId }: CheckStoreDeps): () => Promise<void> {
  const others = new Gauge({
    name: 'payment_other_stores',
    help: 'Stores other than the configured one whose payments can still move money.',
    registers: [metrics],
  })
  return async () => {
    const otherStores = await findOtherStores(db, storeId)
    others.set(otherStores.length)
    if (otherStores.length > 0)
      log.error(
        { storeId, otherStores },
        'payments of another store cannot be settled, given back or followed: PORTONE_STORE_ID must be that of the payments',
      )
  }
}
