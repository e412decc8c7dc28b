import { createDatabase, type Database } from '@ticket-queue/database'
import { createRedis, type RedisClient } from '@ticket-queue/redis'
import { z } from 'zod'

/** The sandbox's books of one payment: what the outside world captured and gave back, in won. */
const ledgerPaymentSchema = z.object({
  paymentId: z.string(),
  status: z.string().nullable(),
  capturedAmount: z.int(),
  cancelledAmount: z.int(),
  keptAmount: z.int(),
  captures: z.array(z.unknown()),
  storeId: z.string(),
  attempts: z.array(z.object({ status: z.string(), currency: z.string() })),
  cancellations: z.array(z.object({ amount: z.int(), at: z.string() })),
})
const ledgerSchema = z.object({ payments: z.array(ledgerPaymentSchema) })

export type LedgerPayment = z.infer<typeof ledgerPaymentSchema>

/** The three independent sets of books: the database, Redis and the payment provider's own ledger. */
export interface Books {
  readonly database: Database<unknown>
  readonly redis: RedisClient
  /** Read afresh at each call. */
  readonly ledger: () => Promise<readonly LedgerPayment[]>
  close(): Promise<void>
}

export interface BooksAddress {
  /** The owner's URL: service roles see only their own part. */
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly redisKeyPrefix: string
  readonly sandboxUrl: string
}

/** Opens the books of a running system for reading. */
export function openBooks(address: BooksAddress): Books {
  const database = createDatabase<unknown>({ url: address.databaseUrl, poolMax: 4, applicationName: 'invariants' })
  const redis = createRedis({ url: address.redisUrl, keyPrefix: address.redisKeyPrefix, connectionName: 'invariants' })
  return {
    database,
    redis,
    ledger: async () => {
      const answer = await fetch(`${address.sandboxUrl}/sandbox/ledger`, { signal: AbortSignal.timeout(60_000) })
      if (!answer.ok) throw new Error(`the ledger answered ${answer.status}`)
      return ledgerSchema.parse(await answer.json()).payments
    },
    async close() {
      await redis.close()
      await database.close()
    },
  }
}
