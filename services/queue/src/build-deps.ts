import { gatherEntries, gatherPolls } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { CallService, Log, Metrics } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { admitNow, createAdmissionCounters } from './admit-waiting/admit-waiting.ts'
import { createDrawFigures } from './conduct-draws/draw-figures.ts'
import type { Config } from './config.ts'
import { createDrawnRosters } from './drawn-rosters.ts'
import { createEnterFigures } from './enter-queue/enter-figures.ts'
import { createLetIn } from './enter-queue/let-in-at-once.ts'
import { createEntryProofs } from './entry-proof.ts'
import { createHeardEpochs } from './heard-epochs.ts'
import { createKnownDraws } from './known-draws.ts'
import { createKnownMoments } from './known-moments.ts'
import { createKnownSettings } from './known-settings.ts'
import { createNetworkNames } from './network-name.ts'
import { createOutages } from './outages.ts'
import { createPace } from './pace.ts'
import { createPlaceTickets } from './place-ticket.ts'
import { createRecoveries } from './recoveries.ts'
import { createScheduleReader } from './schedules.ts'
import { createSeatsLeft } from './seats-left.ts'
import type { Database } from './store/database.ts'
import { readRecentDraws, readRoster } from './store/draws.ts'
import { createToldWaits } from './told-waits.ts'
import { createWaitFigures } from './wait-figures.ts'

interface Opened {
  readonly redis: RedisClient
  readonly event: CallService
  readonly db: Kysely<Database>
  readonly log: Log
  readonly metrics: Metrics
}

/** Gives what the servers and jobs of this process share: the connections, and what it remembers of queues. */
export const buildDeps = ({ redis, event, db, log, metrics }: Opened, config: Config) => {
  const draws = createKnownDraws(() => readRecentDraws(db))
  const rosters = createDrawnRosters((drawId) => readRoster(db, drawId))
  const admission = {
    ...{ redis, log, draws, rosters, counters: createAdmissionCounters(metrics) },
    pace: createPace(redis),
    toldWaits: createToldWaits(createWaitFigures(metrics)),
    known: createKnownMoments(),
    heard: createHeardEpochs(draws.askedAtMs),
    settings: createKnownSettings(redis),
    recoveries: createRecoveries({ restoreMs: config.TICKET_RESTORE_SECONDS * 1_000, graceMs: config.LOSS_GRACE_MS }),
  }
  return {
    ...admission,
    event,
    db,
    metrics,
    serviceKeys: config.SERVICE_API_KEYS,
    entersPerMinute: config.ENTERS_PER_MINUTE,
    enterFigures: createEnterFigures(metrics),
    takePlace: gatherEntries(redis),
    letIn: createLetIn(
      (scheduleId) => admitNow(admission, scheduleId),
      (err, scheduleId) => log.error({ err, scheduleId }, 'admission failed'),
    ),
    answerPoll: gatherPolls(redis),
    pollsPerMinute: config.STATUS_POLLS_PER_MINUTE,
    streamSettings: { streamsMax: config.STREAMS_MAX },
    seats: createSeatsLeft(redis),
    tickets: createPlaceTickets(config.QUEUE_TICKET_KEYS),
    proofs: createEntryProofs(config.QUEUE_TICKET_KEYS),
    nameNetwork: createNetworkNames(config.QUEUE_TICKET_KEYS),
    readSchedule: createScheduleReader(event),
    drawFigures: createDrawFigures(metrics, { draws, rosters }),
    outages: createOutages(log),
    settleMs: config.DRAW_SETTLE_MS,
  }
}
