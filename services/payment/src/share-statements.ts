import { type Leaver, leaversMax } from '@ticket-queue/contracts/http/queue'
import { groupWork } from '@ticket-queue/database'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { type NewPayment, openPayments } from './register-payment/open-payments.ts'
import { type Success, successesMax, writeSuccesses } from './saga/write-success.ts'
import type { Database } from './store/database.ts'
import { readCaptures } from './store/open-captures.ts'
import { findByKeys, recordSteps, type SagaStep } from './store/payments.ts'

/** Rows that are read or written in one statement. */
const rowsMax = { itemsMax: 50 }

/** The statements of a purchase, each shared by all who come to it while the last one runs (decision 0025). */
export const shareStatements = (db: Kysely<Database>, wakeRelay: () => void) => ({
  readByKey: groupWork((keys: readonly string[]) => findByKeys(db, keys), rowsMax),
  openPayment: groupWork((payments: readonly NewPayment[]) => openPayments(db, payments), rowsMax),
  readPayment: groupWork((ids: readonly string[]) => readCaptures(db, ids), rowsMax),
  noteStep: groupWork(async (steps: readonly SagaStep[]) => {
    await recordSteps(db, steps)
    return steps.map(() => undefined)
  }, rowsMax),
  markSuccess: groupWork((successes: readonly Success[]) => writeSuccesses({ db, wakeRelay }, successes), {
    itemsMax: successesMax,
  }),
})

/** The stays of all who leave the shop while the queue is being told of others, ended in one call. */
export const shareLeaving = (queue: CallService) =>
  groupWork(
    async (people: readonly Leaver[]) => {
      await queue.delete('/internal/tokens', z.unknown(), { body: { people } })
      return people.map(() => undefined)
    },
    { itemsMax: leaversMax, isForAll: (error) => error instanceof ServiceCallError && error.unreachable },
  )
