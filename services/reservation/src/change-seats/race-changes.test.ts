import { inTransaction } from '@ticket-queue/database'
import { holdSeats } from '@ticket-queue/lua/seat'
import { type KyselyPlugin, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { rebuildHolds } from '../rebuild-holds/rebuild-holds.ts'
import { type Buyer, type HoldAnswer, outcome } from '../test-buyers.ts'
import { paymentFailed, testReservationService } from '../test-reservation-service.ts'
import { otherText } from '../test-statements.ts'
import { changeOf } from './change.ts'
import { changeSeats } from './change-seats.ts'
import { findHold } from './find-hold.ts'
import { swapLocks } from './swap-locks.ts'
import { writeChange } from './write-change.ts'

const service = await testReservationService({ TENTATIVE_HOLD_SECONDS: '1' })
const { db, deps, redis, scene, admit, admitOne, hold, held, begin, release, change, deliver } = service
const { reservation, traces, locks, loseHolds } = service

const activeSeats = async (reservationId: string) => {
  const rows = await db
    .selectFrom('reservation_seats')
    .select('seat_id')
    .where('reservation_id', '=', reservationId)
    .where('active', '=', true)
    .execute()
  return rows.map((row) => row.seat_id).toSorted()
}

/** What a change has done when its process ends between the statement and Redis. */
const writtenOnly = async (buyer: Buyer, reservationId: string, wantedIds: readonly string[], handle = db) => {
  const seen = await findHold(db, { userId: buyer.userId, reservationId })
  const { byId } = await deps.catalogue.inventory(buyer.scheduleId)
  const schedule = await deps.catalogue.schedule(buyer.scheduleId)
  if (!seen || !schedule) throw new Error('there is no such hold')
  const wanted = wantedIds.flatMap((id) => byId.get(id) ?? []).map(({ id, ...seat }) => ({ ...seat, seatId: id }))
  const added = changeOf(seen.seats, wanted).added.map((seat) => seat.seatId)
  await holdSeats(redis, { scheduleId: buyer.scheduleId, reservationId, seatIds: added, tentativeMs: 1_000 })
  return writeChange(handle, { seen, change: changeOf(seen.seats, wanted), schedule })
}

/** Runs `meanwhile` after the row has been read for the `times`th time and before anything is decided on it. */
const afterReading = (times: number, meanwhile: () => Promise<unknown>): KyselyPlugin => {
  let reads = 0
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (result.rows[0] && 'is_paying' in result.rows[0] && ++reads === times) await meanwhile()
      return result
    },
  }
}

test('a process that ends before its statement leaves the old seats, and the new ones free after the tentative hold', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(2)
  const [a = '', b = ''] = seatIds
  const { reservationId } = await held(buyer, [a])
  await holdSeats(redis, { scheduleId, reservationId, seatIds: [b], tentativeMs: 1_000 })
  expect(await activeSeats(reservationId)).toEqual([a])
  const [thief, next] = [await admitOne(schedule), await admitOne(schedule)]
  expect(outcome(await hold(thief, [a]))).toBe('409 SEAT_TAKEN')
  await held(next, [b])
  expect(await activeSeats(reservationId)).toEqual([a])
})

test('a process that ends after its statement leaves the new seats, and the old ones free for whoever wants them', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(3)
  const [a = '', b = '', c = ''] = seatIds
  const { reservationId } = await held(buyer, [a, b])
  expect(await writtenOnly(buyer, reservationId, [b, c])).toBe('written')
  expect(await activeSeats(reservationId)).toEqual([b, c].sort())
  const next = await held(await admitOne(schedule), [a])
  expect(outcome(await hold(await admitOne(schedule), [c]))).toBe('409 SEAT_TAKEN')
  await rebuildHolds(deps, { endedWithinSeconds: 60 })
  expect(await locks(scheduleId)).toEqual({
    [a]: next.reservationId,
    ...Object.fromEntries([b, c].map((id) => [id, reservationId])),
  })
})

test('after such an end Redis is brought in line with the rows, also by a repeat of the call', async () => {
  const { scheduleId, buyer, seatIds } = await scene(4)
  const [a = '', b = '', c = '', d = ''] = seatIds
  const { reservationId } = await held(buyer, [a, b])
  await writtenOnly(buyer, reservationId, [c, d])
  await rebuildHolds(deps, { endedWithinSeconds: 60 })
  expect(await locks(scheduleId)).toEqual(Object.fromEntries([c, d].sort().map((id) => [id, reservationId])))
  await writtenOnly(buyer, reservationId, [b])
  expect(outcome(await change(buyer, reservationId, [b]))).toBe('200')
  await rebuildHolds(deps, { endedWithinSeconds: 60 })
  expect(await locks(scheduleId)).toEqual({ [b]: reservationId })
})

test('an exchange that a later one of the same hold has overtaken leaves the locks as the rows are since', async () => {
  for (const later of [0, 2]) {
    const { scheduleId, buyer, seatIds } = await scene(3)
    const { reservationId } = await held(buyer, seatIds.slice(0, 1))
    const seats = async () => (await findHold(db, { userId: buyer.userId, reservationId }))?.seats ?? []
    const before = await seats()
    expect(await writtenOnly(buyer, reservationId, seatIds.slice(1, 2))).toBe('written')
    const overtaken = { scheduleId, reservationId, change: changeOf(before, await seats()) }
    const last = seatIds[later] ?? ''
    expect(outcome(await change(buyer, reservationId, [last]))).toBe('200')
    await swapLocks(deps, overtaken)
    expect(await locks(scheduleId)).toEqual({ [last]: reservationId })
  }
})

test('an error in the statement gives the new seats back at once', async () => {
  const { scheduleId, buyer, seatIds } = await scene(2)
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  const before = await traces(scheduleId)
  const failing = db.withPlugin(otherText(/event_schedule_id\s+\), dropped/))
  const input = { userId: buyer.userId, queueToken: buyer.token, reservationId, requestId: 'failing' }
  await expect(changeSeats({ ...deps, db: failing }, { ...input, newSeatIds: seatIds })).rejects.toThrow()
  expect(await traces(scheduleId)).toEqual(before)
})

test('whoever looks sees the old seats or the new ones, never both and never neither', async () => {
  const { buyer, seatIds } = await scene(4)
  const [old, other] = [seatIds.slice(0, 2).toSorted(), seatIds.slice(2).toSorted()]
  const { reservationId } = await held(buyer, old)
  const seen = new Set<string>()
  let over = false
  const watching = Promise.all(
    Array.from({ length: 3 }, async () => {
      while (!over) seen.add(JSON.stringify(await activeSeats(reservationId)))
    }),
  )
  for (let round = 0; round < 20; round += 1) {
    expect(outcome(await change(buyer, reservationId, round % 2 === 0 ? other : old))).toBe('200')
  }
  over = true
  await watching
  expect(seen).toEqual(new Set([JSON.stringify(old), JSON.stringify(other)]))

  // What the watchers would have seen of a change in two steps.
  await db.updateTable('reservation_seats').set({ active: false }).where('reservation_id', '=', reservationId).execute()
  expect([JSON.stringify(old), JSON.stringify(other)]).not.toContain(JSON.stringify(await activeSeats(reservationId)))
})

test('two who change to the same seat: one gets it, the other keeps what he has', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { schedule, scheduleId, seatIds } = await scene(3)
    const [a = '', b = '', c = ''] = seatIds
    const buyers = await admit(schedule, 2)
    const holds = await Promise.all(buyers.map((buyer, index) => held(buyer, [index === 0 ? a : b])))
    const responses = await Promise.all(
      buyers.map((buyer, index) => change(buyer, holds[index]?.reservationId ?? '', [c])),
    )
    expect(responses.map(outcome).toSorted()).toEqual(['200', '409 SEAT_TAKEN'])
    const firstWon = responses[0]?.statusCode === 200
    const [first = '', second = ''] = holds.map((one) => one.reservationId)
    expect(await locks(scheduleId)).toEqual(firstWon ? { [b]: second, [c]: first } : { [a]: first, [c]: second })
    expect(await activeSeats(first)).toEqual([firstWon ? c : a])
    expect(await activeSeats(second)).toEqual([firstWon ? b : c])
  }
})

test('two who want each other’s seat both keep their own', async () => {
  const { schedule, seatIds } = await scene(2)
  const buyers = await admit(schedule, 2)
  const holds = await Promise.all(buyers.map((buyer, index) => held(buyer, [seatIds[index] ?? ''])))
  const responses = await Promise.all(
    buyers.map((buyer, index) => change(buyer, holds[index]?.reservationId ?? '', [seatIds[1 - index] ?? ''])),
  )
  expect(responses.map(outcome)).toEqual(['409 SEAT_TAKEN', '409 SEAT_TAKEN'])
  for (const [index, one] of holds.entries()) expect(await activeSeats(one.reservationId)).toEqual([seatIds[index]])
})

test('changes criss-cross while Redis keeps forgetting: every seat stays single, every hold has all or none of a set', async () => {
  const { schedule, scheduleId, seatIds } = await scene(10)
  const buyers = await admit(schedule, 5)
  const holds = await Promise.all(buyers.map((buyer, index) => held(buyer, seatIds.slice(index * 2, index * 2 + 2))))
  let over = false
  const forgetting = (async () => {
    while (!over) await loseHolds(schedule)
  })()
  const odd: string[] = []
  for (let round = 0; round < 6; round += 1) {
    const wanted = buyers.map((_, index) => [(index * 3 + round) % 10, (index * 5 + round * 7 + 1) % 10])
    await Promise.all(
      buyers.map(async (buyer, index) => {
        const ids = [...new Set(wanted[index])].map((n) => seatIds[n] ?? '')
        const reservationId = holds[index]?.reservationId ?? ''
        const before = await activeSeats(reservationId)
        const response = await change(buyer, reservationId, ids)
        const after = await activeSeats(reservationId)
        const expected = response.statusCode === 200 ? ids.toSorted() : before
        if (JSON.stringify(after) !== JSON.stringify(expected)) odd.push(`${response.body}: ${before} → ${after}`)
        if (response.statusCode >= 500 && outcome(response) !== '503 SEATS_UNDECIDED') odd.push(response.body)
      }),
    )
  }
  over = true
  await forgetting
  expect(odd).toEqual([])
  const active = (await traces(scheduleId)).seats.filter((seat) => seat.active).map((seat) => seat.seat_id)
  expect(new Set(active).size).toBe(active.length)
  await rebuildHolds(deps, { endedWithinSeconds: 60 })
  expect(Object.keys(await locks(scheduleId))).toEqual(active.toSorted())
})

test('a payment that begins while seats are changed: it pays for what stays, or is refused; without the guard it would not', async () => {
  const race = async (...plugins: KyselyPlugin[]) => {
    const { buyer, seatIds } = await scene(2)
    const { reservationId, totalAmount } = await held(buyer, seatIds.slice(0, 1))
    const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: totalAmount }
    const meanwhile = afterReading(2, async () =>
      expect((await begin(reservationId, payment)).json()).toMatchObject({ granted: true }),
    )
    const racing = plugins.reduce((one, plugin) => one.withPlugin(plugin), db.withPlugin(meanwhile))
    const input = { userId: buyer.userId, queueToken: buyer.token, reservationId, requestId: 'race' }
    const changed = await changeSeats({ ...deps, db: racing }, { ...input, newSeatIds: seatIds.slice(1) })
    return { changed, paidFor: totalAmount, costs: (await reservation(reservationId)).total_amount }
  }
  const guarded = await race()
  expect(guarded.changed).toEqual({ refused: 'PAYMENT_IN_PROGRESS' })
  expect(guarded.costs).toBe(guarded.paidFor)
  const unguarded = await race(
    otherText(/AND status = 'PENDING' AND payment_started_at IS NULL/),
    otherText(/AND version = $/, 'AND version < 1000 + '),
  )
  expect(unguarded.costs).not.toBe(unguarded.paidFor)
})

/** Exchanges a held seat for one of the same price, while `act` waits for it. */
const whileExchanged = async <Result>(act: (buyer: Buyer, held: HoldAnswer) => Promise<Result>) => {
  const { buyer, scheduleId, seatIds } = await scene(6)
  const { byId } = await deps.catalogue.inventory(scheduleId)
  const [[a = '', b = ''] = []] = [...Map.groupBy(seatIds, (id) => byId.get(id)?.price).values()].filter(
    (ids) => ids.length > 1,
  )
  const mine = await held(buyer, [a])
  const waiting = await inTransaction(db, async (trx) => {
    expect(await writtenOnly(buyer, mine.reservationId, [b], trx)).toBe('written')
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx)
    const done = act(buyer, mine)
    const blocked = sql`SELECT FROM pg_stat_activity WHERE ${rows[0]?.pid}::int = ANY (pg_blocking_pids(pid))`
    await expect.poll(async () => (await blocked.execute(db)).rows.length).toBe(1)
    return { done }
  })
  const result = await waiting.done
  expect(await activeSeats(mine.reservationId)).toEqual([b])
  return { result, mine, b }
}

test('a payment that waited for a change of seats is told the seats as they are since', async () => {
  const { result, b } = await whileExchanged((buyer, { reservationId, totalAmount: amount }) =>
    begin(reservationId, { paymentId: uuidv7(), userId: buyer.userId, amount }),
  )
  expect(result.json()).toMatchObject({ granted: true, reservation: { seatIds: [b] } })
})

test('the failure of a payment of the former seats that waited for a change of them does not end the hold', async () => {
  const { mine } = await whileExchanged(async (buyer, hold) => {
    const { created_at: heldAt } = await reservation(hold.reservationId)
    return deliver(paymentFailed(buyer, hold, uuidv7(), new Date(heldAt.getTime() + 1)))
  })
  expect(await reservation(mine.reservationId)).toMatchObject({ status: 'PENDING' })
})

test('changed, released and paid all at once, it ends as exactly one of them', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { buyer, scheduleId, seatIds } = await scene(2)
    const { reservationId, totalAmount } = await held(buyer, seatIds.slice(0, 1))
    const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: totalAmount }
    const [changed, released, began] = await Promise.all([
      change(buyer, reservationId, seatIds.slice(1)),
      release(buyer, reservationId),
      begin(reservationId, payment),
    ])
    const { granted } = began.json<{ granted: boolean }>()
    const row = await reservation(reservationId)
    expect(granted && changed.statusCode === 200).toBe(false)
    expect(row.status).toBe(released.statusCode === 204 ? 'CANCELLED' : 'PENDING')
    if (granted) expect(await activeSeats(reservationId)).toEqual(seatIds.slice(0, 1))
    await rebuildHolds(deps, { endedWithinSeconds: 60 })
    expect(Object.keys(await locks(scheduleId))).toEqual(await activeSeats(reservationId))
  }
})

test('a sum never differs from the seats it is for, whoever changes them at once', async () => {
  const { buyer, seatIds } = await scene(8)
  const { reservationId } = await held(buyer, seatIds.slice(0, 1))
  await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      change(buyer, reservationId, seatIds.slice(index % 5, (index % 5) + 1 + (index % 4))),
    ),
  )
  const total = await inTransaction(db, (trx) =>
    trx
      .selectFrom('reservation_seats')
      .select(sql<number>`sum(price)`.as('sum'))
      .where('reservation_id', '=', reservationId)
      .where('active', '=', true)
      .executeTakeFirstOrThrow(),
  )
  expect((await reservation(reservationId)).total_amount).toBe(Number(total.sum))
})
