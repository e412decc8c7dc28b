import { groupWork } from '@ticket-queue/database'
import type { Kysely } from 'kysely'
import { type NewPayment, openPayments } from './register-payment/open-payments.ts'
import { readCaptures } from './saga/capture-payment.ts'
import { type Success, successesMax, writeSuccesses } from './saga/write-success.ts'
import type { Database } from './store/database.ts'
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
