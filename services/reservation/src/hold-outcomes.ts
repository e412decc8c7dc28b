import { seatOutcomesChannel } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'

/** What was decided about a seat while somebody waited; `unknown` if nothing was heard in time. */
export type HoldOutcome = 'committed' | 'ended' | 'unknown'

/** Whoever meets a tentative hold waits here for what becomes of it, instead of asking Redis again and again. */
export interface HoldOutcomes {
  /** Listens from this moment, so that what is decided before `first` is asked for is not missed; to be stopped in any case. */
  listen(scheduleId: string, seatIds: readonly string[]): Listening
  /** Listens from this moment to what is decided of any seat of a schedule; to be stopped in any case. */
  follow(scheduleId: string): Following
  /** Lets others of this process join somebody who asks Redis for seats: for a second, or until something is heard of the seat. */
  expect(scheduleId: string, seatIds: readonly string[]): void
  /** Tells those who have joined what became of seats without a message, and lets nobody join any more. */
  tellJoined(outcome: Decided, scheduleId: string, seatIds: readonly string[]): void
  close(): Promise<void>
}

export interface Listening {
  /** Whether somebody is asking for one of the seats whose outcome this one will hear, too. */
  join(): boolean
  /** The first outcome since `listen`; `unknown` after `timeoutMs`, which no caller may leave out: a message can be lost. */
  first(timeoutMs: number): Promise<HoldOutcome>
  stop(): void
}

export interface Following {
  /**
   * Resolves once something has been decided after a moment (of `performance.now()`), or may have been because it was before
   * `follow`; after `timeoutMs` in any case, which no caller may leave out: a message can be lost. One call at a time.
   */
  decidedSince(momentMs: number, timeoutMs: number): Promise<void>
  stop(): void
}

type Decided = Exclude<HoldOutcome, 'unknown'>
type Heard = (outcome: HoldOutcome) => void

interface Expected {
  readonly untilMs: number
  readonly joined: Set<Heard>
}

const expectedMs = 1_000
/** Of more seats the oldest are forgotten: who wants them asks Redis. */
const expectedMax = 20_000

/** Subscribes with a connection of its own, which comes back by itself. */
export function createHoldOutcomes(redis: RedisClient): HoldOutcomes {
  const subscriber = redis.duplicate({ connectionName: 'hold-outcomes', failFast: false })
  const listeners = new Map<string, Set<Heard>>()
  const followers = new Map<string, Set<() => void>>()
  const expected = new Map<string, Expected>()
  const decide = (outcome: Decided, seat: string) => {
    expected.delete(seat)
    for (const heard of listeners.get(seat) ?? []) heard(outcome)
  }
  subscriber.client.on('message', (_channel, message: string) => {
    const [outcome, scheduleId = '', ...seatIds] = message.split(' ')
    if (outcome !== 'committed' && outcome !== 'ended') return
    for (const seatId of seatIds) decide(outcome, seatOf(scheduleId, seatId))
    for (const heard of followers.get(scheduleId) ?? []) heard()
  })
  subscriber.client.on('ready', () => {
    subscriber.client.subscribe(redis.keyPrefix + seatOutcomesChannel).catch(() => undefined)
  })

  return {
    listen: (scheduleId, seatIds) =>
      listenTo(
        { listeners, expected },
        seatIds.map((seatId) => seatOf(scheduleId, seatId)),
      ),
    follow: (scheduleId) => followIn(followers, scheduleId),
    expect(scheduleId, seatIds) {
      for (const seatId of seatIds) {
        const seat = seatOf(scheduleId, seatId)
        const joined = expected.get(seat)?.joined ?? new Set()
        expected.delete(seat)
        expected.set(seat, { untilMs: performance.now() + expectedMs, joined })
        const [oldest] = expected.keys()
        if (expected.size > expectedMax && oldest !== undefined) expected.delete(oldest)
      }
    },
    tellJoined(outcome, scheduleId, seatIds) {
      for (const seatId of seatIds) {
        const seat = seatOf(scheduleId, seatId)
        const joined = expected.get(seat)?.joined ?? []
        expected.delete(seat)
        for (const heard of joined) heard(outcome)
      }
    },
    close: () => subscriber.close(),
  }
}

interface Hearing {
  readonly listeners: Map<string, Set<Heard>>
  readonly expected: Map<string, Expected>
}

function listenTo({ listeners, expected }: Hearing, seats: readonly string[]): Listening {
  const { promise, resolve } = Promise.withResolvers<HoldOutcome>()
  for (const seat of seats) listeners.set(seat, (listeners.get(seat) ?? new Set()).add(resolve))
  return {
    join() {
      const nowMs = performance.now()
      const asked = seats.flatMap((seat) => expected.get(seat) ?? []).filter(({ untilMs }) => untilMs > nowMs)
      for (const { joined } of asked) joined.add(resolve)
      return asked.length > 0
    },
    async first(timeoutMs) {
      const late = setTimeout(() => {
        for (const seat of seats) expected.delete(seat)
        resolve('unknown')
      }, timeoutMs)
      return promise.finally(() => clearTimeout(late))
    },
    stop() {
      for (const seat of seats) {
        const heard = listeners.get(seat)
        heard?.delete(resolve)
        if (heard?.size === 0) listeners.delete(seat)
        expected.get(seat)?.joined.delete(resolve)
      }
    },
  }
}

function followIn(followers: Map<string, Set<() => void>>, scheduleId: string): Following {
  let decidedAtMs = performance.now()
  let wake = () => {}
  const hear = () => {
    decidedAtMs = performance.now()
    wake()
  }
  followers.set(scheduleId, (followers.get(scheduleId) ?? new Set()).add(hear))
  return {
    async decidedSince(momentMs, timeoutMs) {
      if (decidedAtMs >= momentMs) return
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      const late = setTimeout(resolve, timeoutMs)
      return promise.finally(() => clearTimeout(late))
    },
    stop() {
      const heard = followers.get(scheduleId)
      heard?.delete(hear)
      if (heard?.size === 0) followers.delete(scheduleId)
    },
  }
}

const seatOf = (scheduleId: string, seatId: string) => `${scheduleId} ${seatId}`
