import { type Job, type Log, type Metrics, startJob } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { Gauge } from 'prom-client'
import type { Database } from '../store/database.ts'
import { readOpenSagas } from './watch-sagas.ts'

interface WatchSagasDeps {
  readonly db: Kysely<Database>
  readonly log: Log
  readonly metrics: Metrics
}

const everyMs = 15_000

/** Looks every 15 s at what is under way: figures for the operator, and an error in the log once somebody's money is stuck. */
export function watchSagasJob(deps: WatchSagasDeps): Job {
  return startJob({ name: 'watch-sagas', everyMs, log: deps.log, run: createLook(deps) })
}

/** Gives one look of the job. Each payment that is stuck is told once, and once more that none is. */
export function createLook({ db, log, metrics }: WatchSagasDeps): () => Promise<void> {
  const registers = [metrics]
  const open = new Gauge({
    name: 'payment_sagas_open',
    help: 'Payments whose outcome is open or whose money is to go back, by the step they stand at.',
    labelNames: ['step'],
    registers,
  })
  const age = new Gauge({
    name: 'payment_oldest_unsettled_age_seconds',
    help: 'How long the oldest of them has been under way.',
    registers,
  })
  const retries = new Gauge({
    name: 'payment_compensation_retries',
    help: 'Tries in vain to give money back, over the payments that still owe it.',
    registers,
  })
  const stuck = new Gauge({
    name: 'payment_sagas_stuck',
    help: 'Payments that a person must look at: tried in vain eight times, or open ten minutes after their hold.',
    registers,
  })
  let told = { stuck: 0, ids: new Set<string>() }
  return async () => {
    const sagas = await readOpenSagas(db)
    open.reset()
    for (const { step, count } of sagas.steps) open.set({ step }, count)
    age.set(sagas.oldestAgeSeconds)
    retries.set(sagas.compensationRetries)
    stuck.set(sagas.stuck)
    const { stuck: count, stuckIds } = sagas
    const isNews = count > told.stuck || stuckIds.some((id) => !told.ids.has(id))
    const facts = { stuck: count, paymentIds: stuckIds }
    if (isNews) log.error(facts, 'payments do not settle: a person must look')
    if (count === 0 && told.stuck > 0) log.info(facts, 'all payments settle again')
    told = { stuck: count, ids: new Set(stuckIds) }
  }
}
