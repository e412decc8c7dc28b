import { createDatabase } from '@ticket-queue/database'
import { createRedis } from '@ticket-queue/redis'
import { sql } from 'kysely'
import { onTestFinished } from 'vitest'

/** Counts the calls in Redis, over a connection that stays open until the test ends. */
export async function redisCounter({ redisUrl }: { redisUrl: string }): Promise<() => Promise<number>> {
  const redis = createRedis({ url: redisUrl })
  onTestFinished(() => redis.close())
  await redis.check()
  return () => redis.client.incr('counter')
}

/** Counts the calls in PostgreSQL, likewise. */
export async function postgresCounter({ databaseUrl }: { databaseUrl: string }): Promise<() => Promise<number>> {
  const { db, close } = createDatabase<unknown>({ url: databaseUrl, poolMax: 1 })
  onTestFinished(close)
  await sql`CREATE TABLE IF NOT EXISTS counted (call int GENERATED ALWAYS AS IDENTITY)`.execute(db)
  return async () => {
    await sql`INSERT INTO counted DEFAULT VALUES`.execute(db)
    const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM counted`.execute(db)
    return rows[0]?.count ?? 0
  }
}
