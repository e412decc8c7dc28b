import { tryAdvisoryLock } from '@ticket-queue/database'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import type { Sender } from '../kafka/create-sender.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { backoffMs, createBell, delay, untilStopped } from '../wait.ts'
import { type OutboxRow, readingByIndex, readOutboxState } from './outbox-rows.ts'
import { markSent, publishBatch, type RelayHooks } from './publish-batch.ts'

/** Publishes the outbox of one service from one of its processes. */
export interface Relay {
  /** Says that a row has been committed, so that an active relay reads at once; returns immediately. */
  wake(): void
  /** Whether this process holds the lock and publishes; a standby is in order too. */
  isActive(): boolean
  /** Stops within two seconds, also when Kafka does not answer. What was not marked is sent again by the next relay. */
  close(): Promise<void>
}

export interface RelayOptions<DB> {
  readonly db: Kysely<DB>
  /** Names the lock and the figures: one relay is active per service. */
  readonly service: string
  readonly batchSize?: number
  /** The longest wait for new rows while nobody calls wake(). */
  readonly pollMs?: number
  /** How often a standby asks for the lock. */
  readonly standbyMs?: number
  readonly hooks?: RelayHooks
}

interface RelayParts {
  readonly sender: Sender
  readonly topicPrefix: string
  readonly log: Logger
  readonly metrics: MessagingMetrics
}

const closeGraceMs = 1000
const backoffLimits = { firstMs: 200, lastMs: 5000 }

/**
 * Starts a relay (data.md, Outbox relay). It keeps one connection of `db` for the session that holds the lock, so the pool
 * needs one to spare and must not sit behind a transaction pooler. While broker or database are away it gives the lock
 * back, for a replica that may still reach them, and tries again after 0.1 to 5 s.
 */
export function startRelay<DB>(options: RelayOptions<DB>, parts: RelayParts): Relay {
  const { service } = options
  const { metrics, sender } = parts
  const log = parts.log.child({ relay: service })
  const stopping = new AbortController()
  const bell = createBell(stopping.signal)
  let active = false
  let failures = 0

  const publishWhileHeld = async (connection: Kysely<DB>) => {
    const publishing = {
      ...parts,
      log,
      service,
      batchSize: options.batchSize ?? 1000,
      hooks: options.hooks ?? {},
      untilStopped: <T>(work: Promise<T>) => untilStopped(work, stopping.signal, closeGraceMs),
    }
    setActive(true)
    await readingByIndex(connection, async () => {
      let sent: readonly OutboxRow[] = []
      while (!stopping.signal.aborted) {
        const published = await publishBatch(publishing, connection, sent)
        sent = published.sent
        failures = 0
        if (published.more) continue
        if (!bell.isRung()) {
          await markSent(publishing, connection, sent)
          sent = []
        }
        await bell.wait(options.pollMs ?? 100)
      }
      await markSent(publishing, connection, sent)
    })
  }

  const setActive = (now: boolean) => {
    if (now !== active) log.info(now ? 'relay is active' : 'relay is no longer active')
    active = now
    metrics.relayActive.set({ service }, now ? 1 : 0)
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        const outcome = await tryAdvisoryLock(options.db, `outbox-relay:${service}`, publishWhileHeld)
        if (!outcome.acquired) await delay(options.standbyMs ?? 500, stopping.signal)
      } catch (error) {
        if (stopping.signal.aborted) break
        failures += 1
        metrics.publishFailures.inc({ service, cause: 'broker' })
        log.warn({ reason: describeError(error), failures }, 'the outbox waits: broker or database away')
        setActive(false)
        await delay(backoffMs(failures, backoffLimits), stopping.signal)
      }
    }
    setActive(false)
  }

  metrics.outboxStates.set(service, () => readOutboxState(options.db))
  const running = run()
  return {
    wake: () => bell.ring(),
    isActive: () => active,
    async close() {
      stopping.abort()
      metrics.outboxStates.delete(service)
      await untilStopped(running, stopping.signal, 2 * closeGraceMs).catch(() => undefined)
      await sender.close()
    },
  }
}
