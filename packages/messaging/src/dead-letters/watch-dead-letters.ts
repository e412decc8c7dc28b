import { type Kysely, sql } from 'kysely'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { delay } from '../wait.ts'

/** From this many open dead letters on a person must look (requirements: alarm at 10 dead letters). */
export const alarmLetters = 10
const everyMs = 15_000
/** Counting stops here: more says no more. */
const countedMax = 10_000

/** Watches the dead letters of one service, until closed. */
export interface DeadLetterWatch {
  close(): Promise<void>
}

/**
 * Counts the dead letters of this role's service that nobody has replayed (EVT-020), at once and then every 15 s: the figure
 * messaging_dead_letters_open, an error in the log when there are 10 or more, and a line when there are fewer again. Every
 * process of the service says so, as none knows of the others.
 */
export function watchDeadLetters<DB>(options: {
  readonly db: Kysely<DB>
  readonly service: string
  readonly log: Logger
  readonly metrics: MessagingMetrics
  readonly everyMs?: number
}): DeadLetterWatch {
  const { db, service, log, metrics } = options
  const stopping = new AbortController()
  let isAlarmed = false

  const look = async () => {
    const open = await countOpen(db)
    metrics.openLetters.set({ service }, open)
    const wasAlarmed = isAlarmed
    isAlarmed = open >= alarmLetters
    if (isAlarmed && !wasAlarmed) log.error({ service, open }, 'dead letters wait for a person')
    if (!isAlarmed && wasAlarmed) log.info({ service, open }, 'few dead letters are left')
  }
  const run = async () => {
    while (!stopping.signal.aborted) {
      // A database that is away is told of by whoever needs it; the figure keeps its last value.
      await look().catch((error: unknown) =>
        log.debug({ reason: describeError(error) }, 'dead letters were not counted'),
      )
      await delay(options.everyMs ?? everyMs, stopping.signal)
    }
  }
  const running = run()
  return {
    async close() {
      stopping.abort()
      await running
    },
  }
}

async function countOpen<DB>(db: Kysely<DB>): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    select count(*)::int as open from (
      select from dead_letters where service = current_user and replayed_at is null limit ${countedMax}
    ) as letters`.execute(db)
  return rows[0]?.open ?? 0
}
