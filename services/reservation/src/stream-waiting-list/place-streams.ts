import type { ServerResponse } from 'node:http'
import {
  adviseRetry,
  createSockets,
  type EventStream,
  endStream,
  isBehind,
  keepAlive,
  openStream,
  type Patience,
  type StreamHeaders,
  spreadOver,
  writeEvent,
} from '@ticket-queue/event-streams'
import { areTokensGood, type BearerToken } from '@ticket-queue/lua/token'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import { describeEntry } from '../domain/describe-entry.ts'
import type { Database } from '../store/database.ts'
import { isOverdue } from '../store/reservations.ts'
import { findEntriesOf } from '../store/waiting-list.ts'

export interface PlaceStreamSettings extends Patience {
  /** Pause between two looks at the places of all who listen. */
  readonly roundMs: number
  /** How many streams this process holds, and how many one person may have of them. */
  readonly streamsMax: number
  readonly streamsPerPersonMax: number
  /** A stream ends after this at the latest, and its client comes back with a token that is good then. */
  readonly lastsMs: number
  /** How long an access token may have ended, by itself or by log-out, before its streams do, and one round. */
  readonly tokenCheckMs: number
  /** Over how long the ends of all streams are spread when the process stops; less than the 7 s after which they are broken off. */
  readonly drainMs: number
}

export const defaultPlaceStreams: PlaceStreamSettings = {
  roundMs: 1_000,
  streamsMax: 5_000,
  streamsPerPersonMax: 3,
  lastsMs: 15 * 60_000,
  tokenCheckMs: 3_000,
  heartbeatMs: 15_000,
  behindMs: 30_000,
  drainMs: 5_000,
}

export interface PlaceStreamsDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
}

interface PlaceStream extends EventStream {
  readonly userId: string
  /** What its client has shown; null where the gateway names none. */
  readonly token: BearerToken | null
  readonly endsAtMs: number
  checkedAtMs: number
  /** The state that the client has been told. */
  told: string | null
}

/** Every stream of places in waiting lists of this process. */
export interface PlaceStreams {
  /** Whether a person may open one more. */
  hasRoom(userId: string): boolean
  /** Starts a stream on the connection of a response that has not begun; `told` is the state the client has already. */
  open(
    response: ServerResponse,
    opening: Pick<PlaceStream, 'userId' | 'token' | 'told'> & { readonly headers: StreamHeaders },
  ): void
  /** Looks after all streams; to be called about once a second, never twice at a time. */
  round(): Promise<void>
  /** Ends every stream, spread over the drain time. */
  drain(): Promise<void>
}

const listedMax = 20

/** Gives the streams of this process, none open. One statement a round asks for the states of all who listen. */
export function createPlaceStreams({ db, redis, log }: PlaceStreamsDeps, settings: PlaceStreamSettings): PlaceStreams {
  const sockets = createSockets()
  const streams = new Set<PlaceStream>()
  let isDraining = false

  const end = (stream: PlaceStream) => {
    if (streams.delete(stream)) endStream(stream, adviseRetry())
  }
  const keep = (stream: PlaceStream, nowMs: number) => {
    if (nowMs >= stream.endsAtMs) end(stream)
    else if (keepAlive(stream, settings, nowMs) === 'lost') stream.socket.destroy()
  }
  /** Its client comes back and is refused, unless it has another token by then. */
  const endTokens = async (nowMs: number) => {
    const due = [...streams].flatMap((stream) =>
      stream.token !== null && nowMs - stream.checkedAtMs >= settings.tokenCheckMs
        ? [{ stream, token: stream.token }]
        : [],
    )
    const good = await areTokensGood(
      redis,
      due.map(({ token }) => token),
    )
    for (const [index, { stream }] of due.entries()) {
      stream.checkedAtMs = nowMs
      if (!good[index]) end(stream)
    }
  }
  const tellChanged = async (told: readonly PlaceStream[]) => {
    const states = await readStates(db, [...new Set(told.map(({ userId }) => userId))])
    for (const stream of told) {
      const state = states.get(stream.userId) ?? 'none'
      // Who has yet to take what came before is told in a later round.
      if (stream.told === state || isBehind(stream)) continue
      const rows = await findEntriesOf(db, { userId: stream.userId, page: 0, size: listedMax })
      const data = JSON.stringify({ list: rows.map(describeEntry) })
      writeEvent(stream, { id: state, event: 'places', data }, performance.now())
      stream.told = state
    }
  }
  return {
    hasRoom: (userId) =>
      !isDraining &&
      streams.size < settings.streamsMax &&
      [...streams].filter((stream) => stream.userId === userId).length < settings.streamsPerPersonMax,
    open: (response, { headers, ...who }) => {
      const socket = sockets.take(response)
      if (socket === null) return
      const nowMs = performance.now()
      const opened = openStream(socket, { headers, retryMs: adviseRetry(), nowMs })
      const stream: PlaceStream = { ...opened, ...who, endsAtMs: nowMs + settings.lastsMs, checkedAtMs: nowMs }
      streams.add(stream)
      socket.on('close', () => streams.delete(stream))
    },
    round: async () => {
      for (const stream of streams) keep(stream, performance.now())
      // Streams stay open while Redis is away, whose loss is logged elsewhere.
      if (redis.client.status === 'ready')
        await endTokens(performance.now()).catch((err) => log.warn({ err }, 'access tokens were not checked'))
      if (streams.size > 0) await tellChanged([...streams])
    },
    drain: async () => {
      isDraining = true
      await spreadOver([...streams], settings.drainMs, end)
      await sockets.breakOffLast()
    },
  }
}

/** A text for each person that changes with each of their places: one that is offered, taken, over or new. */
async function readStates(db: Kysely<Database>, userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ user_id: string; state: string }>`
    SELECT entry.user_id, md5(string_agg(concat_ws(' ', entry.id, entry.status, coalesce(${isOverdue}, false)), ',' ORDER BY position)) AS state
    FROM waiting_list_entries AS entry LEFT JOIN reservations ON waiting_list_entry_id = entry.id
    WHERE entry.user_id = ANY (${userIds}::uuid[])
    GROUP BY entry.user_id`.execute(db)
  return new Map(rows.map((row) => [row.user_id, row.state]))
}
