import { createLog, createMetrics } from '@ticket-queue/service-kit'
import { testDatabase } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Database, PaymentsStatus } from '../store/database.ts'
import { createLook } from './check-store.job.ts'

const { db } = (await testDatabase<Database>('payment')).database

interface Opened {
  readonly storeId: string | null
  readonly status: PaymentsStatus
  readonly daysAgo?: number
  readonly due?: boolean
}

const openAt = ({ storeId, status, daysAgo = 0, due = false }: Opened) =>
  sql`
  INSERT INTO payments (id, created_at, store_id, status, next_check_at, reservation_id, user_id, schedule_id, seat_ids,
    hold_expires_at, payment_key, request_fingerprint, amount, portone_payment_id, paid_at, failed_at, failure_reason,
    refunded_at, refund_amount)
  SELECT uuidv7(-ago), now() - ago, ${storeId}, ${status}, CASE WHEN ${due}::boolean THEN now() END, uuidv7(), uuidv7(), uuidv7(),
    ARRAY[uuidv7()], now(), uuidv7(), '', 1, replace(uuidv7()::text, '-', ''), now(), now(), '', now(), 1
  FROM make_interval(days => ${daysAgo}::int) AS ago`.execute(db)

test('another store whose tickets may be given back, or of which money is still looked for, is an error that names it', async () => {
  const lines: string[] = []
  const metrics = createMetrics('payment')
  const log = createLog('payment', 'info', { write: (line) => void lines.push(line) })
  const look = createLook({ db, log, metrics, storeId: 'store-now' })
  const figure = async () => /^payment_other_stores\S* (\d+)$/m.exec(await metrics.metrics())?.[1]
  const harmless: Opened[] = [
    { storeId: 'store-now', status: 'SUCCESS' },
    { storeId: 'store-now', status: 'PENDING', due: true },
    { storeId: null, status: 'SUCCESS' },
    { storeId: 'store-failed', status: 'FAILED' },
    { storeId: 'store-refunded', status: 'REFUNDED', daysAgo: 1 },
    { storeId: 'store-long-ago', status: 'SUCCESS', daysAgo: 400 },
  ]
  for (const one of harmless) await openAt(one)
  await look()
  expect([lines, await figure()]).toEqual([[], '0'])

  await openAt({ storeId: 'store-before', status: 'SUCCESS', daysAgo: 300 })
  for (const storeId of ['store-late', 'store-late'])
    await openAt({ storeId, status: 'FAILED', daysAgo: 500, due: true })
  // Beside those of the configured store in the same hour.
  await openAt({ storeId: 'zz-store', status: 'PENDING', due: true })
  await look()
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      level: 'error',
      storeId: 'store-now',
      otherStores: [
        { storeId: 'zz-store', unsettled: 1 },
        { storeId: 'store-before', unsettled: 0 },
        { storeId: 'store-late', unsettled: 2 },
      ],
    },
  ])
  expect(await figure()).toBe('3')
})
