import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type pg from 'pg'
import { isConnectionError } from './errors.ts'

/**
 * The pool, but a client that has lost its connection is not given out again. pg notices only when the socket closes,
 * a moment after the query has failed, and until then would hand the dead client to the next caller.
 */
export const discardBroken = (pool: pg.Pool): PostgresPool => {
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      // Kysely keeps what it knows of a connection by the identity of its client.
      const wrapped = known.get(client) ?? watch(client)
      known.set(client, wrapped)
      return wrapped
    },
  }
}

const watch = (client: pg.PoolClient): PostgresPoolClient => {
  let broken = false
  const query = async <R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    try {
      const result = await client.query(text, [...values])
      return result as PostgresQueryResult<R>
    } catch (error) {
      broken ||= isConnectionError(error)
      throw error
    }
  }
  return {
    // Kysely's other form takes a cursor, and the dialect is given none.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || broken),
  }
}
