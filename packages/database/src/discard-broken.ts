import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type pg from 'pg'
import { isConnectionError, isStalePlan } from './errors.ts'
import { nameStatements, type StatementNames } from './name-statements.ts'

/**
 * The pool, but a client that has lost its connection is not given out again. pg notices only when the socket closes,
 * a moment after the query has failed, and until then would hand the dead client to the next caller. Statements that are run
 * often are kept prepared; when a migration has made plans stale, new ones are made.
 */
export const discardBroken = (pool: pg.Pool): PostgresPool => {
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const names = nameStatements()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      // Kysely keeps what it knows of a connection by the identity of its client.
      const wrapped = known.get(client) ?? watch(client, names)
      known.set(client, wrapped)
      return wrapped
    },
  }
}

const watch = (client: pg.PoolClient, names: StatementNames): PostgresPoolClient => {
  let broken = false
  const run = <R>(text: string, values: readonly unknown[]) => {
    // What takes no values (BEGIN, COMMIT) goes as one message, which is cheaper than a plan.
    const name = values.length > 0 ? names.of(text) : undefined
    return client.query({ text, values: [...values], ...(name && { name }) }) as unknown as Promise<
      PostgresQueryResult<R>
    >
  }
  const query = async <R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    try {
      return await run<R>(text, values)
    } catch (error) {
      broken ||= isConnectionError(error)
      if (!isStalePlan(error)) throw error
      names.renew()
      // An aborted transaction takes no more statements: whoever began it begins it again.
      return await run<R>(text, values).catch(() => {
        throw error
      })
    }
  }
  return {
    // Kysely's other form takes a cursor, and the dialect is given none.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || broken),
  }
}
