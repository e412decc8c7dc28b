import { randomUUID } from 'node:crypto'
import { problemSchema } from '@ticket-queue/contracts/errors'
import { describe, expect, test } from 'vitest'
import { chooseSeats, signUpAndLogIn, waitForTurn } from '../load/crowd/buyer.ts'
import type { Caller } from '../load/crowd/call.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import { testSystem } from '../system/test-system.ts'

const own = await testSystem()
const road = await prepareRoad(own, createMeasures())
const [owner, stranger] = [await signUpAndLogIn(road, 1), await signUpAndLogIn(road, 2)]
await Promise.all([waitForTurn(road, owner), waitForTurn(road, stranger)])
const held = await chooseSeats(road, owner)
if (!held) throw new Error('there were no free seats')
const paying: Caller = { ...owner, queueToken: held.paymentToken }
const paymentKey = randomUUID()
const opened = await road.call<{ paymentId: string }>('open payment', paying, 'POST', `${own.gatewayUrl}/payments`, {
  reservationId: held.reservationId,
  amount: held.totalAmount,
  paymentMethod: 'CARD',
  paymentKey,
})
const { paymentId } = opened.body
const unknownId = '01890000-0000-7000-8000-000000000000'

async function send(caller: Caller, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${own.gatewayUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${caller.token}`,
      ...(caller.queueToken ? { 'x-queue-token': caller.queueToken } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** What a person can learn from a refusal: everything but what names this one request. */
const seen = ({ status, body }: { status: number; body: Record<string, unknown> }) => {
  const { traceId: _t, timestamp: _s, instance: _i, ...rest } = problemSchema.parse(body)
  return { sent: status, ...rest }
}

describe("another person's objects are as unknown as those that never were", () => {
  test.each([
    ['GET', (id: string) => `/reservations/${id}`, held.reservationId],
    ['DELETE', (id: string) => `/reservations/hold/${id}`, held.reservationId],
    ['DELETE', (id: string) => `/reservations/${id}`, held.reservationId],
    ['GET', (id: string) => `/payments/${id}`, paymentId],
  ] as const)('%s %s', async (method, path, id) => {
    const foreign = await send(stranger, method, path(id))
    const unknown = await send(stranger, method, path(unknownId))
    expect(foreign.status).toBe(404)
    expect(seen(foreign)).toEqual(seen(unknown))
  })

  test('a stranger cannot open or confirm a payment for them, with any token of his', async () => {
    const body = {
      reservationId: held.reservationId,
      amount: held.totalAmount,
      paymentMethod: 'CARD',
      paymentKey: randomUUID(),
    }
    expect((await send(stranger, 'POST', '/payments', body)).body).toMatchObject({ code: 'QUEUE_TOKEN_MISMATCH' })
    expect((await send({ ...stranger, queueToken: held.paymentToken }, 'POST', '/payments', body)).body).toMatchObject({
      code: 'QUEUE_TOKEN_MISMATCH',
    })
    const confirm = {
      reservationId: held.reservationId,
      paymentId,
      paymentKey,
      transactionId: 'x',
      amount: held.totalAmount,
    }
    expect((await send(stranger, 'POST', '/payments/confirm', confirm)).body).toMatchObject({
      code: 'PAYMENT_NOT_FOUND',
    })
  })

  test("a stranger cannot use another person's queue token", async () => {
    const thief = { ...stranger, queueToken: owner.queueToken as string }
    const path = `/reservations/seats/${own.scheduleId}`
    expect((await send(thief, 'GET', path)).body).toMatchObject({ status: 403, code: 'QUEUE_TOKEN_MISMATCH' })
    const hold = { scheduleId: own.scheduleId, seatIds: [road.seats[0]?.id] }
    expect((await send(thief, 'POST', '/reservations/hold', hold)).body).toMatchObject({ code: 'QUEUE_TOKEN_MISMATCH' })
  })

  test('after all of it the hold and the payment are as their owner left them', async () => {
    expect((await send(owner, 'GET', `/reservations/${held.reservationId}`)).body).toMatchObject({ status: 'PENDING' })
    expect((await send(owner, 'GET', `/payments/${paymentId}`)).body).toMatchObject({ status: 'PENDING' })
  })

  test('lists show only what is one’s own', async () => {
    for (const path of ['/reservations', '/payments']) {
      expect((await send(stranger, 'GET', path)).body).toMatchObject({ list: [], totalElements: 0 })
      expect((await send(stranger, 'GET', `${path}?userId=${unknownId}`)).body).toMatchObject({ totalElements: 0 })
      expect((await send(owner, 'GET', path)).body).toMatchObject({ totalElements: 1 })
    }
  })
})

describe('another spelling of an ID is the same thing', () => {
  const upper = own.scheduleId.toUpperCase()

  test('a schedule in capitals is the same queue, not one of its own', async () => {
    const entered = await send({ token: owner.token as string }, 'POST', '/queue/enter', { scheduleId: upper })
    expect(entered.body).toMatchObject({ status: 'ACTIVE', scheduleId: own.scheduleId, token: owner.queueToken })
    expect((await send(owner, 'GET', `/queue/status?scheduleId=${upper}`)).body).toMatchObject({
      token: owner.queueToken,
    })
  })

  test('a held seat in capitals is taken, and repeating the own hold in capitals is the same hold', async () => {
    const seatIds = (await send(owner, 'GET', `/reservations/${held.reservationId}`)).body['seats'] as {
      seatId: string
    }[]
    const body = { scheduleId: upper, seatIds: seatIds.map((seat) => seat.seatId.toUpperCase()) }
    expect((await send(stranger, 'POST', '/reservations/hold', body)).body).toMatchObject({ code: 'SEAT_TAKEN' })
    expect((await send(owner, 'POST', '/reservations/hold', body)).body).toMatchObject({
      reservationId: held.reservationId,
    })
  })
})
