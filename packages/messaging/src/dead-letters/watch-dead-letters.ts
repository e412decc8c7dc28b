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
 * Counts the dead letters of this role's service that wait for a person (EVT-020), at once and then every 15 s: the figures
 * messaging_dead_letters_open and messaging_letters_parked, what waits behind them, an error in the log when there are 10 or more, and a line when there are fewer again. Every
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
    const { open, parked } = await countLetters(db)
    metrics.openLetters.set({ service }, open)
    metrics.parkedLetters.set({ service }, parked)
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

async function countLetters<DB>(db: Kysely<DB>): Promise<{ open: number; parked: number }> {
  const { rows } = await sql<{ status: 'OPEN' | 'PARKED'; count: number }>`
    select status, count(*)::int as count from (
      (select status from dead_letters where service = current_user and status = 'OPEN' limit ${countedMax})
      union all
      (select status from dead_letters where service = current_user and status = 'PARKED' limit ${countedMax})
    ) as letters group by status`.execute(db)
  const of = (wanted: string) => rows.find(({ status }) => status === wanted)?.count ?? 0
  return { open: of('OPEN'), parked: of('PARKED') }
}
