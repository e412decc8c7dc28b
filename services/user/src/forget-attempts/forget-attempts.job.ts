import { type Job, type Log, startJob } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { forgetAttempts } from './forget-attempts.ts'

const everyMs = 60 * 60 * 1000

/** Forgets old failed log-ins each hour; any number of replicas may do so. */
export const startForgetAttempts = (deps: { readonly db: Kysely<Database>; readonly log: Log }): Job =>
  startJob({ name: 'forget-attempts', everyMs, log: deps.log, run: () => forgetAttempts(deps.db) })
