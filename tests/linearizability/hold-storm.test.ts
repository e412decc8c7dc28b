import { heldSeatsKey, holdKey, tentativeSeatsKey } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { faultSystem } from '../faults/fault-system.ts'
import { peopleOf, servicesOf } from '../faults/people.ts'
import { checkBooks } from '../invariants/check-books.ts'
import { untilSettled } from '../invariants/until-settled.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import { checkSeat, type Verdict } from './check-seat.ts'
import { askForEach, holdStorm, type StormOptions } from './hold-storm.ts'
import type { Operation } from './operation.ts'
import { recordSeats } from './seat-histories.ts'

const holdMs = 8_000
/** S3: nothing keeps a seat longer than this after the end of its hold. */
const graceMs = 20_000
const settleTimeoutMs = 90_000
const timeoutMs = 240_000

const settings = {
  HOLD_SECONDS: String(holdMs / 1000),
  TENTATIVE_HOLD_SECONDS: '3',
  FIRST_CHECK_SECONDS: '5',
  CHECK_CLAIM_SECONDS: '10',
}
const own = await faultSystem(settings, { redisDatabase: 12 })
const people = peopleOf(own, servicesOf(own))
afterAll(() => people.close())
const road = await prepareRoad(own, createMeasures())
const { db } = own.books.database

let used = 0
const someSeats = (count: number): string[] => {
  used += count
  return road.seats.slice(used - count, used).map((seat) => seat.id)
}

type BadVerdict = Extract<Verdict, { isLinearizable: false }>

/** The seats whose history no correct seat can have, with how far one comes. */
const impossible = (histories: ReadonlyMap<string, readonly Operation[]>): [string, BadVerdict][] =>
  [...histories].flatMap(([seatId, history]) => {
    const verdict = checkSeat(history)
    return verdict.isLinearizable ? [] : [[seatId, verdict] as [string, BadVerdict]]
  })

async function soldAmong(seatIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT seat_id::text AS id FROM reservation_service.reservation_seats s
    JOIN reservation_service.reservations r ON r.id = s.reservation_id
    WHERE s.active AND r.status = 'CONFIRMED' AND seat_id = ANY (${[...seatIds]}::uuid[])`.execute(db)
  return rows.map((row) => row.id)
}

/** Calls `fault` each time another part of the buyers has gone. */
const atShares = (shares: readonly number[], fault: () => void): NonNullable<StormOptions['onProgress']> => {
  const left = [...shares]
  return (share) => {
    if (left[0] === undefined || share < left[0]) return
    left.shift()
    fault()
  }
}

test.each<[string, () => void, readonly number[]]>([
  ['Redis loses everything three times', () => void own.loseRedis(), [0.2, 0.45, 0.7]],
  ['the reservation service is killed twice', () => own.die('reservation'), [0.25, 0.6]],
])(
  'hundreds after the same seats while %s: each seat changes hands one at a time, nothing is sold twice, no seat is stuck',
  async (_fault, strike, shares) => {
    const seatIds = someSeats(60)
    const deps = { people, road, record: recordSeats({ holdMs, graceMs }) }
    const endings = await holdStorm(deps, {
      buyers: 240,
      atOnce: 40,
      seatIds,
      holdMs,
      shares: { change: 0.4, release: 0.3, pay: 0.15 },
      onProgress: atShares(shares, strike),
    })
    const sold = new Set(await soldAmong(seatIds))
    const unsold = seatIds.filter((id) => !sold.has(id))
    const never = await askForEach(deps, unsold, holdMs + graceMs)
    const soldMeanwhile = new Set(await soldAmong(never))
    expect(never.filter((id) => !soldMeanwhile.has(id))).toEqual([])
    expect(impossible(deps.record.histories())).toEqual([])
    expect(Object.keys(endings).filter((ending) => ending.startsWith('refused: '))).toEqual([])
    expect(endings['walked away'], JSON.stringify(endings)).toBeGreaterThan(5)
    const books = await untilSettled(own.books, settleTimeoutMs)
    expect(books.filter((rule) => rule.violations.length > 0)).toEqual([])
  },
  timeoutMs,
)

test(
  'with neither guard (no index, a Redis that keeps forgetting) histories are impossible and a seat is sold twice (negative control)',
  async () => {
    const seatIds = someSeats(4)
    const record = recordSeats({ holdMs, graceMs })
    const shares = { change: 0, release: 0, pay: 0 }
    await withoutGuards(seatIds, async () => {
      await holdStorm({ people, road, record }, { buyers: 40, atOnce: 20, seatIds, holdMs, shares })
      const books = await checkBooks(own.books)
      expect(books.find((rule) => rule.name === 'no seat has two live reservations')?.violations).not.toEqual([])
    })
    const found = impossible(record.histories())
    expect(found.length).toBeGreaterThan(0)
    for (const [, verdict] of found) expect(verdict.stuckAt.some((operation) => operation.kind === 'hold')).toBe(true)
  },
  timeoutMs,
)

/** Ends the time of the holds on these seats and waits until the service has ended them, as it ends every hold. */
async function untilFree(seatIds: readonly string[]): Promise<void> {
  const ids = [...seatIds]
  await waitUntil(
    async () => {
      const { rows } = await sql`
        UPDATE reservation_service.reservations SET hold_expires_at = least(hold_expires_at, now())
        WHERE status = 'PENDING' AND id IN (
          SELECT reservation_id FROM reservation_service.reservation_seats
          WHERE active AND seat_id = ANY (${ids}::uuid[])
        ) RETURNING id`.execute(db)
      expect(rows).toEqual([])
    },
    { timeoutMs: graceMs, intervalMs: 200 },
  )
}

/** Drops what refuses a second owner for as long as `work` takes; ends what came of it and sets the index again. */
async function withoutGuards(seatIds: readonly string[], work: () => Promise<void>): Promise<void> {
  const index = 'reservation_seats_one_active'
  const { rows } = await sql<{ indexdef: string }>`SELECT indexdef FROM pg_indexes WHERE indexname = ${index}`.execute(
    db,
  )
  await sql.raw(`DROP INDEX reservation_service.${index}`).execute(db)
  const forgotten = [...seatIds.map((seatId) => holdKey(own.scheduleId, seatId)), heldSeatsKey(own.scheduleId)]
  let isOver = false
  const forget = async (): Promise<void> => {
    while (!isOver) await own.books.redis.client.del(...forgotten, tentativeSeatsKey(own.scheduleId))
  }
  const forgetting = forget()
  try {
    await work()
  } finally {
    isOver = true
    await forgetting
    await untilFree(seatIds)
    await sql.raw(rows[0]?.indexdef ?? '').execute(db)
  }
}
