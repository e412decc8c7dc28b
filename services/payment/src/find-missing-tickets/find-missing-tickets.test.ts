import { randomUUID } from 'node:crypto'
import { createMetrics } from '@ticket-queue/service-kit'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { asUser, type Purchase, testPaymentService } from '../test-payment-service.ts'
import { countMissingTickets, findAsLeader } from './find-missing-tickets.job.ts'
import { findMissingTickets } from './find-missing-tickets.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { db, deps, paid, confirm, look, row, events, steps, sandbox, others, reservationCancelled } = service
const never = new AbortController().signal
const admin = { ...asUser(randomUUID()), 'x-user-role': 'ADMIN' }

/** As if nobody had bought anything and nothing had been looked at. */
beforeEach(async () => {
  await db.deleteFrom('missing_tickets').execute()
  await db.deleteFrom('saga_steps').execute()
  await db.updateTable('ticket_comparison').set({ compared_until: sql<string>`DEFAULT` }).execute()
})

/** Somebody who has paid so many minutes ago, and whose reservation does not know it. */
const bought = async (minutesAgo = 6): Promise<Purchase> => {
  const purchase = await paid()
  expect((await confirm(purchase)).statusCode).toBe(200)
  await age(purchase, minutesAgo)
  return purchase
}
const age = ({ paymentId }: Purchase, minutes: number) =>
  db
    .updateTable('saga_steps')
    .set({ id: sql<string>`uuidv7(make_interval(mins => ${-minutes}))` })
    .where('payment_id', '=', paymentId)
    .execute()
const idOf = ({ reservation }: Purchase) => reservation.reservationId
/** A round, half a minute after the one before. */
const round = async () => {
  await db.updateTable('missing_tickets').set({ looked_at: sql<Date>`looked_at - interval '31 seconds'` }).execute()
  await findMissingTickets(deps, never)
}
const suspected = async () => {
  const rows = await db.selectFrom('missing_tickets').select('payment_id').execute()
  return rows.map((found) => found.payment_id).sort()
}
const listed = async () => {
  const answer = await service.ask('GET', '/payments/admin/unsettled?size=100', admin)
  expect(answer.statusCode).toBe(200)
  return answer.json().list.filter(({ kind }: { kind: string }) => kind === 'TICKET_MISSING')
}
const metrics = createMetrics('payment')
const count = countMissingTickets({ db, metrics })
const figure = async (name = 'payment_tickets_missing') => {
  await count()
  return Number(new RegExp(`^${name}\\S* (\\S+)$`, 'm').exec(await metrics.metrics())?.[1])
}
/** What has been told of a payment. */
const told = ({ paymentId }: Purchase) =>
  service.logged
    .map((line) => JSON.parse(line))
    .filter(({ paymentIds }) => paymentIds?.includes(paymentId))
    .map(({ level, msg }) => `${level}: ${msg}`)
const alarm = 'error: money is kept and there is no ticket for it: a person must look'
const allClear = 'info: money that was kept without a ticket is settled'

describe('money that is kept and has no ticket is found, told once, and vanishes when there is one', () => {
  test.each([
    ['pinned for ever', 'The reservation is PENDING', () => {}],
    ['cancelled', 'The reservation is CANCELLED', (id: string) => others.endHold(id)],
    [
      'another payment’s',
      'The reservation was paid by another payment',
      (id: string) => others.confirm(id, randomUUID()),
    ],
    [
      'one that cannot be read',
      expect.stringMatching(/^The reservation cannot be read: .* was answered with 500$/),
      (id: string) => others.behave(id, 'broken'),
    ],
  ])('the reservation is %s', async (_what, lastOutcome, happen) => {
    const [purchase, good] = [await bought(), await bought()]
    happen(idOf(purchase))
    others.confirm(idOf(good))
    const before = [await row(purchase), await events(purchase), await steps(purchase)]
    await round()
    expect([await listed(), await figure(), told(purchase)]).toEqual([[], 0, []])
    await round()
    expect(await listed()).toMatchObject([
      {
        paymentId: purchase.paymentId,
        reservationId: idOf(purchase),
        ...{ status: 'SUCCESS', amount: 198_000, looks: 2, lastOutcome, nextCheckAt: null, finding: null },
      },
    ])
    await round()
    expect([await figure(), told(purchase)]).toEqual([1, [alarm]])
    expect([await row(purchase), await events(purchase), await steps(purchase)]).toEqual(before)
    others.behave(idOf(purchase), 'good')
    others.confirm(idOf(purchase), purchase.paymentId)
    await round()
    expect([await listed(), await figure(), told(purchase)]).toEqual([[], 0, [alarm, allClear]])
    expect(await suspected()).toEqual([])
  })

  test('nobody knows the reservation, and its money goes back at PortOne by other hands', async () => {
    const purchase = await bought()
    others.forget(idOf(purchase))
    for (let rounds = 0; rounds < 2; rounds += 1) await round()
    expect(await listed()).toMatchObject([
      { paymentId: purchase.paymentId, lastOutcome: 'There is no such reservation' },
    ])
    await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
    await look(purchase)
    expect((await row(purchase)).status).toBe('REFUNDED')
    await round()
    expect([await listed(), await figure()]).toEqual([[], 0])
  })

  test('the refund of a cancelled one is due: that is in the list by itself', async () => {
    const purchase = await bought()
    others.endHold(idOf(purchase))
    for (let rounds = 0; rounds < 2; rounds += 1) await round()
    expect(await listed()).toMatchObject([{ paymentId: purchase.paymentId }])
    await reservationCancelled(purchase, { refundAmount: 198_000 })
    await round()
    expect(await listed()).toEqual([])
  })
})

test('ordinary delays are no findings: it is looked from five minutes on, and twice', async () => {
  const [young, slow, refunded] = [await bought(4), await bought(), await bought()]
  await reservationCancelled(refunded, { refundAmount: 90_000 })
  others.endHold(idOf(refunded))
  const asked = others.calls(idOf(young))
  await round()
  expect([await suspected(), others.calls(idOf(young))]).toEqual([[slow.paymentId], asked])
  await findMissingTickets(deps, never)
  expect(await listed()).toEqual([])
  others.confirm(idOf(slow))
  await round()
  expect([await suspected(), told(slow)]).toEqual([[], []])
})

test('each payment is looked at once, many in one call', async () => {
  const purchases = await Promise.all(Array.from({ length: 8 }, () => bought()))
  for (const one of purchases) others.confirm(idOf(one))
  const [calls, before] = [others.together.length, purchases.map((one) => others.calls(idOf(one)))]
  for (let rounds = 0; rounds < 3; rounds += 1) await round()
  expect(others.together.slice(calls).map((ids) => ids.length)).toEqual([8])
  expect(purchases.map((one) => others.calls(idOf(one)))).toEqual(before.map((asked) => asked + 1))
  expect(await figure('payment_tickets_compared_age_seconds')).toBeCloseTo(300, -1)
})

test('who was paid while PortOne was away for long, or late, is looked at when he has been', async () => {
  const late = await paid()
  await age(late, 90)
  await round()
  expect((await confirm(late)).statusCode).toBe(200)
  // Beyond what has been looked at, as it is five minutes later.
  await db
    .updateTable('ticket_comparison')
    .set({ compared_until: sql<string>`uuidv7(interval '-10 minutes')` })
    .execute()
  await sql`UPDATE saga_steps SET id = uuidv7(interval '-6 minutes') WHERE payment_id = ${late.paymentId} AND step = 'SUCCESS'`.execute(
    db,
  )
  await round()
  expect(await suspected()).toEqual([late.paymentId])
})

test('however much there is, it is read in pages of which none is left out, at most 50 reservations in a call', async () => {
  const purchase = await bought()
  await sql`
    WITH sold AS (
      INSERT INTO payments (reservation_id, user_id, schedule_id, seat_ids, hold_expires_at, payment_key, request_fingerprint,
        amount, portone_payment_id, status, paid_at)
      SELECT uuidv7(), uuidv7(), uuidv7(), ARRAY[uuidv7()], now(), uuidv7(), '', 1, replace(uuidv7()::text, '-', ''), 'SUCCESS', now()
      FROM generate_series(1, 299) RETURNING id
    )
    INSERT INTO saga_steps (id, payment_id, step, state)
    SELECT uuidv7(interval '-20 minutes'), sold.id, step, 'DONE' FROM sold, unnest(ARRAY['BEGIN', 'READ', 'SUCCESS']) AS step`.execute(
    db,
  )
  const calls = others.together.length
  await round()
  expect(await suspected()).toHaveLength(300)
  expect(await suspected()).toContain(purchase.paymentId)
  const sizes = others.together.slice(calls).map((ids) => ids.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(50)
  await round()
  expect(await figure()).toBe(300)
})

test('while the reservation service is away the job waits, and then goes on from where it was', async () => {
  const [known, next] = [await bought(), await bought(7)]
  others.behave(idOf(next), 'away')
  await expect(round()).rejects.toMatchObject({ name: 'ServiceCallError', unreachable: true })
  expect(await suspected()).toEqual([])
  others.behave(idOf(next), 'good')
  await round()
  expect(await suspected()).toEqual([known.paymentId, next.paymentId].sort())
  others.behave(idOf(known), 'away')
  await expect(round()).rejects.toMatchObject({ unreachable: true })
  expect([await listed(), await figure()]).toEqual([[], 0])
  others.behave(idOf(known), 'good')
  await round()
  expect(await figure()).toBe(2)
})

test('two replicas at once: one looks', async () => {
  const purchase = await bought()
  const asked = others.calls(idOf(purchase))
  others.behave(idOf(purchase), 'slow')
  const both = [findAsLeader(deps, never), findAsLeader(deps, never)]
  expect(await Promise.race(both)).toEqual({ ran: false })
  others.behave(idOf(purchase), 'good')
  expect((await Promise.all(both)).map(({ ran }) => ran).sort()).toEqual([false, true])
  expect(others.calls(idOf(purchase))).toBe(asked + 1)
})

test('a former leader who was paused writes nothing: another has gone on meanwhile', async () => {
  const purchase = await bought()
  const [hasRead, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const readReservation: typeof deps.readReservation = async (asked) => {
    const found = await deps.readReservation(asked)
    hasRead.resolve()
    await mayGoOn.promise
    return found
  }
  const paused = findMissingTickets({ ...deps, readReservation }, never)
  await hasRead.promise
  others.confirm(idOf(purchase))
  await round()
  const place = () => db.selectFrom('ticket_comparison').selectAll().execute()
  const before = await place()
  mayGoOn.resolve()
  await paused
  expect([await suspected(), await place()]).toEqual([[], before])
})
