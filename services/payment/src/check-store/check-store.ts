import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'

/** A store of PortOne other than the configured one, whose payments can still move money. */
export interface OtherStore {
  readonly storeId: string
  /** When the newest of its payments that was found was opened. */
  readonly openedUntil: Date
  /** How many of its payments are still looked at, of the 10,000 longest due. */
  readonly unsettled: number
}

const hoursMax = 366 * 24
const dueMax = 10_000
const storesMax = 10

/**
 * Gives up to ten other stores with payments that can still move money: tickets sold within the last year, which may be given or
 * charged back, and whatever is still looked at. No index is by store, and one would cost every purchase: of each hour of the year
 * only the newest ticket is read, by the primary key, whose IDs are in the order of time. So the time does not grow with the
 * number of payments, and a store that was used for less than an hour may be overlooked once nothing of it is looked at.
 */
export async function findOtherStores(db: Kysely<Database>, storeId: string): Promise<readonly OtherStore[]> {
  const { rows } = await sql<OtherStore>`
    WITH hours AS MATERIALIZED (
      SELECT uuidv7(make_interval(hours => -hour)) AS begins, uuidv7(make_interval(hours => 1 - hour)) AS ends
      FROM generate_series(0, ${hoursMax}::int) AS hour
    ), found AS (
      SELECT sold.store_id, sold.created_at, 0 AS unsettled
      FROM hours CROSS JOIN LATERAL (
        SELECT store_id, created_at FROM payments
        WHERE id >= hours.begins AND id < hours.ends AND status = 'SUCCESS' ORDER BY id DESC LIMIT 1
      ) AS sold
      UNION ALL
      (SELECT store_id, created_at, 1 FROM payments WHERE next_check_at IS NOT NULL ORDER BY next_check_at LIMIT ${dueMax})
    )
    SELECT store_id AS "storeId", max(created_at) AS "openedUntil", sum(unsettled)::int AS unsettled
    FROM found WHERE store_id <> ${storeId}
    GROUP BY store_id ORDER BY max(created_at) DESC LIMIT ${storesMax}`.execute(db)
  return rows
}
