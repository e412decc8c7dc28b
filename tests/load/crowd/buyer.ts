import { hash, randomInt, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { proofChallengeSchema, solveProof } from '@ticket-queue/contracts/proof-of-work'
import { type Call, type Caller, Refusal } from './call.ts'
import type { Measures } from './measure.ts'

export interface RoadDeps {
  readonly call: Call
  readonly measures: Measures
  readonly gatewayUrl: string
  readonly sandboxUrl: string
  readonly scheduleId: string
  /** Seats in ordinal order: neighbours in the list are neighbours in the hall. */
  readonly seats: readonly { readonly id: string }[]
  readonly consents: readonly { readonly termsId: string; readonly version: string }[]
  /** How long somebody who has paid waits for the ticket; two minutes if nothing is said. */
  readonly ticketMaxMs?: number
}

export type Plan = 'buy' | 'fail payment' | 'abandon'

export interface Hold {
  readonly reservationId: string
  readonly totalAmount: number
  readonly holdExpiresAt: string
  readonly paymentToken: string
}

const seatAttemptsMax = 20
const waitMaxMs = 15 * 60_000

/** One person's whole road; ends with an entry in the measures and gives the hold of a person who walked away from it. */
export async function walk(deps: RoadDeps, number: number, plan: Plan): Promise<{ abandoned?: Hold }> {
  try {
    const caller = await signUpAndLogIn(deps, number)
    await waitForTurn(deps, caller)
    const hold = await chooseSeats(deps, caller)
    if (!hold) {
      deps.measures.end('refused', 'no free seats found')
      return {}
    }
    if (plan === 'abandon') {
      deps.measures.end('abandoned (as told)')
      return { abandoned: hold }
    }
    await pay(deps, { ...caller, queueToken: hold.paymentToken }, hold, plan)
  } catch (error) {
    deps.measures.end('failed', error instanceof Error ? error.message : String(error))
  }
  return {}
}

/** A new account with a verified identity, logged in. */
export async function signUpAndLogIn(
  { call, measures, gatewayUrl, sandboxUrl, consents }: RoadDeps,
  number: number,
): Promise<Caller> {
  const email = `crowd-${randomUUID()}@ticketing.test`
  const password = `Crowd-${randomUUID().slice(0, 8)}`
  const person = { name: `관객 ${number}`, phone: `010${String(randomInt(100_000_000)).padStart(8, '0')}` }
  await measures.time('sign up', async () => {
    const verified = await call<{ identityVerificationId: string }>(
      'sign up',
      {},
      'POST',
      `${sandboxUrl}/sandbox/identity-verifications`,
      {
        ...person,
        birthDate: '2000-01-01',
      },
    )
    await call('sign up', {}, 'POST', `${gatewayUrl}/auth/signup`, () => ({
      email,
      password,
      ...person,
      identityVerificationId: verified.body.identityVerificationId,
      recaptchaToken: `pass-${randomUUID()}`,
      consents,
    }))
  })
  const tokens = await measures.time('log in', () =>
    call<{ accessToken: string }>('log in', {}, 'POST', `${gatewayUrl}/auth/login`, () => ({
      email,
      password,
      recaptchaToken: `pass-${randomUUID()}`,
    })),
  )
  return { token: tokens.body.accessToken }
}

interface Place {
  readonly status: 'WAITING' | 'ACTIVE' | 'CLOSED'
  readonly token: string | null
  readonly pollAfterMs: number
}

/** Enters the queue; shows the work first where it is asked for. */
async function enterQueue({ call, measures, gatewayUrl, scheduleId }: RoadDeps, caller: Caller): Promise<Place> {
  const enter = (more = {}) =>
    call<Place>('enter queue', caller, 'POST', `${gatewayUrl}/queue/enter`, { scheduleId, ...more })
  try {
    return (await enter()).body
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'PROOF_REQUIRED') throw error
    measures.again('enter queue', error.code)
    const proof = solveProof(proofChallengeSchema.parse(error.body), (text) => hash('sha256', text, 'buffer'))
    return (await enter({ proof })).body
  }
}

/** Enters the queue and polls as told until the reservation token is there; the caller keeps it. */
export async function waitForTurn(deps: RoadDeps, caller: Caller): Promise<void> {
  const { call, measures, gatewayUrl, scheduleId } = deps
  let place = await measures.time('enter queue', () => enterQueue(deps, caller))
  await measures.time('wait for turn', async () => {
    const deadline = performance.now() + waitMaxMs
    while (place.status !== 'ACTIVE' || place.token === null) {
      if (place.status === 'CLOSED') throw new Error('the queue closed')
      if (performance.now() > deadline) throw new Error('the turn did not come within 15 minutes')
      await pause(place.pollAfterMs)
      place = (await call<Place>('wait for turn', caller, 'GET', `${gatewayUrl}/queue/status?scheduleId=${scheduleId}`))
        .body
    }
  })
  caller.queueToken = place.token as string
}

/** Holds one to four free neighbours; null if the hall is full. */
export async function chooseSeats(
  { call, measures, gatewayUrl, scheduleId, seats }: RoadDeps,
  caller: Caller,
): Promise<Hold | null> {
  for (let attempt = 0; attempt < seatAttemptsMax; attempt += 1) {
    const states = await measures.time('seat states', () =>
      call<{ sold: string; hold: string }>(
        'seat states',
        caller,
        'GET',
        `${gatewayUrl}/reservations/seats/${scheduleId}?format=bitmap`,
      ),
    )
    const seatIds = pickFree(seats, states.body)
    if (seatIds.length === 0) return null
    try {
      const held = await measures.time('hold', () =>
        call<Hold>('hold', caller, 'POST', `${gatewayUrl}/reservations/hold`, { scheduleId, seatIds }),
      )
      return held.body
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'SEAT_TAKEN') throw error
      measures.again('hold', error.code)
    }
  }
  return null
}

/** One to four free neighbours at a random place; fewer than wanted if the hall is nearly full. */
function pickFree(seats: RoadDeps['seats'], states: { sold: string; hold: string }): string[] {
  const sold = Buffer.from(states.sold, 'base64')
  const hold = Buffer.from(states.hold, 'base64')
  const isFree = (n: number) => ((((sold[n >> 3] ?? 0) | (hold[n >> 3] ?? 0)) >> (n & 7)) & 1) === 0
  const wanted = randomInt(1, 5)
  const start = randomInt(seats.length)
  const picked: string[] = []
  for (let offset = 0; offset < seats.length && picked.length < wanted; offset += 1) {
    const index = (start + offset) % seats.length
    const seat = seats[index]
    if (seat && isFree(index)) picked.push(seat.id)
  }
  return picked
}

/** From the hold to the ticket number, or to the failure that `plan` wants. */
export async function pay(deps: RoadDeps, caller: Caller, hold: Hold, plan: Plan): Promise<void> {
  const { call, measures, gatewayUrl, sandboxUrl } = deps
  const paymentKey = randomUUID()
  const opened = await measures.time('open payment', () =>
    call<{ paymentId: string; portonePaymentId: string }>('open payment', caller, 'POST', `${gatewayUrl}/payments`, {
      reservationId: hold.reservationId,
      amount: hold.totalAmount,
      paymentMethod: 'CARD',
      paymentKey,
    }),
  )
  const { paymentId, portonePaymentId } = opened.body
  const outcome = plan === 'fail payment' ? 'FAILED' : 'PAID'
  const paid = await call<{ transactionId: string }>(
    'confirm',
    {},
    'POST',
    `${sandboxUrl}/sandbox/payments/${portonePaymentId}/pay`,
    { outcome },
  )
  const body = {
    reservationId: hold.reservationId,
    paymentId,
    paymentKey,
    transactionId: paid.body.transactionId,
    amount: hold.totalAmount,
  }
  try {
    await measures.time('confirm', () => call('confirm', caller, 'POST', `${gatewayUrl}/payments/confirm`, body))
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'PAYMENT_FAILED' || plan !== 'fail payment') throw error
    measures.end('payment failed (as told)')
    return
  }
  if (plan === 'fail payment') throw new Error('a payment told to fail was confirmed')
  await measures.time('ticket', () => untilTicket(deps, caller, hold.reservationId))
  measures.end('confirmed')
}

/** A ticket is made some tens of milliseconds after the payment: the first look comes when it is likely to be there. */
async function untilTicket(deps: RoadDeps, caller: Caller, reservationId: string): Promise<void> {
  const { call, gatewayUrl, ticketMaxMs = 120_000 } = deps
  const deadline = performance.now() + ticketMaxMs
  for (let pauseMs = 300; ; pauseMs = Math.min(5_000, pauseMs * 2)) {
    await pause(pauseMs)
    const seen = await call<{ status: string; ticketNumber: string | null }>(
      'ticket',
      caller,
      'GET',
      `${gatewayUrl}/reservations/${reservationId}`,
    )
    if (seen.body.status === 'CONFIRMED' && seen.body.ticketNumber) return
    if (seen.body.status === 'CANCELLED') throw new Error('a paid reservation was cancelled')
    if (performance.now() > deadline) throw new Error(`the ticket did not come within ${ticketMaxMs / 1000} s`)
  }
}
