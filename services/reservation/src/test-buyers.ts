import type { BeginPayment } from '@ticket-queue/contracts/http/reservation'
import { activeKey, admitBatch, defaultQueueConfig, enterQueue, writeQueueConfig } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { heard } from '@ticket-queue/testing'
import type { LightMyRequestResponse } from 'fastify'
import { v4 as uuid, v7 as uuidv7 } from 'uuid'
import type { buildApp, buildInternalApp } from './app.ts'
import type { Neighbours, TestSchedule } from './test-neighbours.ts'

export const gatewayKey = uuid()
/** The key payment calls the internal API with. */
export const paymentKey = uuid()

/** The headers the gateway sends for a person. */
export const asPerson = (userId: string): Record<string, string> => ({
  'x-service-api-key': gatewayKey,
  'x-user-id': userId,
  'x-user-role': 'USER',
})

/** Somebody whose turn it is in a schedule. */
export interface Buyer {
  readonly userId: string
  readonly scheduleId: string
  readonly token: string
  readonly headers: Record<string, string>
}

export interface HoldAnswer {
  reservationId: string
  status: string
  seats: { seatId: string; seatNumber: string; grade: string; price: number }[]
  totalAmount: number
  holdExpiresAt: string
  paymentToken: string
  paymentTokenExpiresAt: string
}

/** What buyers and the payment service ask of a reservation service. */
export const buyersOf = (parts: {
  app: ReturnType<typeof buildApp>
  internalApp: ReturnType<typeof buildInternalApp>
  redis: RedisClient
  neighbours: Neighbours
}) => {
  const { app, internalApp, redis, neighbours } = parts
  const newPeople = (count: number) => Array.from({ length: count }, () => uuidv7())
  /** Lets people through the waiting room by its own scripts, also such as have been in another one. */
  const admit = async ({ facts }: TestSchedule, people: number, userIds = newPeople(people)): Promise<Buyer[]> => {
    const { scheduleId } = facts
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 1_000, intervalMs: 100 })
    for (const userId of userIds) {
      await redis.client.del(activeKey(userId))
      await enterQueue(redis, { scheduleId, userId })
    }
    const { admitted } = await admitBatch(redis, scheduleId)
    if (admitted.length !== people) throw new Error(`${admitted.length} of ${people} were admitted`)
    return admitted.map(({ userId, token }) => ({
      userId,
      scheduleId,
      token,
      headers: { ...asPerson(userId), 'x-queue-token': token },
    }))
  }
  const admitOne = async (schedule: TestSchedule): Promise<Buyer> => {
    const [buyer] = await admit(schedule, 1)
    if (!buyer) throw new Error('nobody was admitted')
    return buyer
  }
  /** Somebody whose turn it is in one more schedule. */
  const admitAgain = async ({ userId }: Pick<Buyer, 'userId'>, schedule: TestSchedule): Promise<Buyer> => {
    const [buyer] = await admit(schedule, 1, [userId])
    if (!buyer) throw new Error('nobody was admitted')
    return buyer
  }
  /** A schedule of its own with a buyer whose turn it is; facts replace those of the schedule. */
  const scene = async (seats: number | TestSchedule['seats'] = 4, facts: Partial<TestSchedule['facts']> = {}) => {
    const schedule = neighbours.addSchedule(seats, facts)
    const seatIds = schedule.seats.map((seat) => seat.id)
    return { schedule, ...schedule.facts, seatIds, seatId: seatIds[0] ?? '', buyer: await admitOne(schedule) }
  }
  const hold = ({ scheduleId, headers }: Buyer, seatIds: readonly string[]) =>
    heard(() => app.inject({ method: 'POST', url: '/reservations/hold', headers, payload: { scheduleId, seatIds } }))
  /** A hold of the best seats there are. */
  const holdBest = ({ scheduleId, headers }: Buyer, best: object) =>
    heard(() => app.inject({ method: 'POST', url: '/reservations/hold', headers, payload: { scheduleId, best } }))
  /** A hold that is made. */
  const held = async (buyer: Buyer, seatIds: readonly string[]): Promise<HoldAnswer> => {
    const response = await hold(buyer, seatIds)
    if (response.statusCode !== 201) throw new Error(`the hold was answered ${response.body}`)
    return response.json<HoldAnswer>()
  }
  const release = (buyer: Pick<Buyer, 'headers'>, reservationId: string) =>
    app.inject({ method: 'DELETE', url: `/reservations/hold/${reservationId}`, headers: buyer.headers })
  const change = ({ headers }: Pick<Buyer, 'headers'>, reservationId: string, newSeatIds: readonly string[]) =>
    app.inject({ method: 'PUT', url: `/reservations/hold/${reservationId}`, headers, payload: { newSeatIds } })
  const cancel = ({ headers }: Pick<Buyer, 'headers'>, reservationId: string, query = '') =>
    app.inject({ method: 'DELETE', url: `/reservations/${reservationId}${query}`, headers })
  const read = (buyer: Pick<Buyer, 'headers'>, path: string) =>
    app.inject({ method: 'GET', url: path, headers: buyer.headers })
  /** Payment's call before it lets the money move. */
  const begin = (reservationId: string, payload: BeginPayment) =>
    internalApp.inject({
      method: 'POST',
      url: `/internal/reservations/${reservationId}/begin-payment`,
      headers: { 'x-service-api-key': paymentKey },
      payload,
    })
  /** A hold whose payment has begun. */
  const paying = async (buyer: Buyer, seatIds: readonly string[]) => {
    const made = await held(buyer, seatIds)
    const paymentId = uuidv7()
    const began = await begin(made.reservationId, { paymentId, userId: buyer.userId, amount: made.totalAmount })
    if (!began.json<{ granted: boolean }>().granted) throw new Error(`begin-payment was answered ${began.body}`)
    return { ...made, paymentId }
  }
  return { admit, admitOne, admitAgain, scene, hold, holdBest, held, release, change, cancel, read, begin, paying }
}

/** Status and problem code of an answer: what a client branches on. */
export const outcome = (response: LightMyRequestResponse): string => {
  const body: unknown = response.body === '' ? null : response.json()
  const code = typeof body === 'object' && body !== null && 'code' in body ? ` ${String(body.code)}` : ''
  return `${response.statusCode}${code}`
}
