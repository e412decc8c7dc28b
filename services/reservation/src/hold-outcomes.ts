import { seatOutcomesChannel } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'

/** What was decided about a seat while somebody waited; `unknown` if nothing was heard in time. */
export type HoldOutcome = 'committed' | 'ended' | 'unknown'

/** Whoever meets a tentative hold waits here for what becomes of it, instead of asking Redis again and again. */
export interface HoldOutcomes {
  /** Listens from this moment, so that what is decided before `first` is asked for is not missed; to be stopped in any case. */
  listen(scheduleId: string, seatIds: readonly string[]): Listening
  close(): Promise<void>
}

export interface Listening {
  /** The first outcome since `listen`; `unknown` after `timeoutMs`, which no caller may leave out: a message can be lost. */
  first(timeoutMs: number): Promise<HoldOutcome>
  stop(): void
}

type Heard = (outcome: HoldOutcome) => void

/** Subscribes with a connection of its own, which comes back by itself. */
export function createHoldOutcomes(redis: RedisClient): HoldOutcomes {
  const subscriber = redis.duplicate({ connectionName: 'hold-outcomes', failFast: false })
  const listeners = new Map<string, Set<Heard>>()
  subscriber.client.on('message', (_channel, message: string) => {
    const [outcome, scheduleId = '', ...seatIds] = message.split(' ')
    if (outcome !== 'committed' && outcome !== 'ended') return
    for (const seatId of seatIds) for (const heard of listeners.get(seatOf(scheduleId, seatId)) ?? []) heard(outcome)
  })
  subscriber.client.on('ready', () => {
    subscriber.client.subscribe(redis.keyPrefix + seatOutcomesChannel).catch(() => undefined)
  })

  return {
    listen(scheduleId, seatIds) {
      const { promise, resolve } = Promise.withResolvers<HoldOutcome>()
      const seats = seatIds.map((seatId) => seatOf(scheduleId, seatId))
      for (const seat of seats) listeners.set(seat, (listeners.get(seat) ?? new Set()).add(resolve))
      return {
        async first(timeoutMs) {
          const late = setTimeout(() => resolve('unknown'), timeoutMs)
          return promise.finally(() => clearTimeout(late))
        },
        stop() {
          for (const seat of seats) {
            const heard = listeners.get(seat)
            heard?.delete(resolve)
            if (heard?.size === 0) listeners.delete(seat)
          }
        },
      }
    },
    close: () => subscriber.close(),
  }
}

const seatOf = (scheduleId: string, seatId: string) => `${scheduleId} ${seatId}`
