import { createLog, createMetrics } from '@ticket-queue/service-kit'
import { describe, expect, it } from 'vitest'
import { testConsistency } from '../consistency/test-consistency.ts'
import { newReservationId } from '../test-sales.ts'
import { createRound } from './check-consistency.job.ts'

const { service, reservations, check, repair, reserve, mark, schedule } = await testConsistency()

describe('GET /events/admin/consistency/{scheduleId}', () => {
  it('finds nothing where each confirmed seat is sold to its owner, over several pages', async () => {
    const { scheduleId, seatIds } = await schedule()
    for (const seats of [seatIds(0, 1, 2, 3), seatIds(5), seatIds(7, 9)]) {
      await mark(seats, reserve({ scheduleId, seatIds: seats }).reservationId)
    }
    reserve({ scheduleId, seatIds: seatIds(6) }, 'PENDING')
    reserve({ scheduleId, seatIds: seatIds(0) }, 'CANCELLED')
    const report = await check(scheduleId)
    const none = { missing: 0, extra: 0, otherOwner: 0, unknownSeat: 0, differences: [], complete: true }
    expect([report.status, report.body]).toEqual([200, { scheduleId, sold: 7, confirmed: 7, ...none }])
    expect(report.headers['cache-control']).toBe('private, no-store')
  })

  it('tells missing, extra and other owners apart, with the state that decides', async () => {
    const { scheduleId, seatIds } = await schedule()
    const missing = reserve({ scheduleId, seatIds: seatIds(0) })
    const cancelled = reserve({ scheduleId, seatIds: seatIds(1) }, 'CANCELLED')
    const paid = reserve({ scheduleId, seatIds: seatIds(2) }, 'PENDING')
    const unknown = newReservationId()
    const owner = reserve({ scheduleId, seatIds: seatIds(4) })
    await mark(seatIds(1), cancelled.reservationId)
    await mark(seatIds(2), paid.reservationId)
    await mark(seatIds(3), unknown)
    await mark(seatIds(4), cancelled.reservationId)
    const { body } = await check(scheduleId)
    expect(body).toMatchObject({ sold: 4, confirmed: 2, missing: 1, extra: 4, otherOwner: 1, complete: true })
    const found = body.differences.map((one: Record<string, unknown>) =>
      [one['kind'], one['seatNumber'], one['reservationId'], one['soldTo'], one['reservationStatus']].join(' '),
    )
    expect(found.toSorted()).toEqual(
      [
        `MISSING A-01-001 ${missing.reservationId}  CONFIRMED`,
        `EXTRA A-01-002 ${cancelled.reservationId} ${cancelled.reservationId} CANCELLED`,
        `EXTRA A-01-003 ${paid.reservationId} ${paid.reservationId} PENDING`,
        `EXTRA A-02-001 ${unknown} ${unknown} UNKNOWN`,
        `EXTRA A-02-002 ${cancelled.reservationId} ${cancelled.reservationId} CANCELLED`,
        `OTHER_OWNER A-02-002 ${owner.reservationId} ${cancelled.reservationId} CONFIRMED`,
      ].toSorted(),
    )
    expect(body.differences.every((one: { inFlight: boolean }) => !one.inFlight)).toBe(true)
  })

  it('tells of confirmed seats that the schedule does not have, which a repair leaves to people', async () => {
    const { scheduleId, seatIds } = await schedule()
    const gone = newReservationId()
    const { reservationId } = reserve({ scheduleId, seatIds: [...seatIds(0), gone] })
    const unknown = {
      kind: 'UNKNOWN_SEAT',
      seatId: gone,
      seatNumber: null,
      soldTo: null,
      reservationId,
      inFlight: false,
    }
    const report = (await check(scheduleId)).body
    expect(report).toMatchObject({ confirmed: 2, missing: 1, unknownSeat: 1 })
    expect(report.differences).toContainEqual({ ...unknown, reservationStatus: 'CONFIRMED' })
    const repaired = (await repair(scheduleId)).body
    expect(repaired).toMatchObject({ changes: [{ change: 'SOLD' }], left: [unknown] })
  })

  it.each([
    ['confirmed just now', 'CONFIRMED', 3, false, 60],
    ['cancelled just now, sold long ago', 'CANCELLED', 3, true, 60],
    ['paid just now', 'PENDING', 60, true, 3],
  ] as const)('says that the news is under way of what was %s', async (_what, status, since, isSold, soldAgo) => {
    const { scheduleId, seatIds } = await schedule()
    const { reservationId } = reserve({ scheduleId, seatIds: seatIds(0) }, status, since)
    if (isSold) await mark(seatIds(0), reservationId, soldAgo)
    expect((await check(scheduleId)).body.differences).toMatchObject([{ inFlight: true, reservationStatus: status }])
  })

  it('looks at 200 reservations at a time and says that there are more', async () => {
    const { scheduleId } = await schedule()
    const ids = Array.from({ length: 201 }, () => newReservationId())
    for (const seatId of ids) reserve({ scheduleId, seatIds: [seatId] })
    expect((await check(scheduleId)).body).toMatchObject({ confirmed: 201, complete: false })
  })

  it('is for administrators, and tells what it cannot do', async () => {
    const { scheduleId } = await schedule()
    const path = `/events/admin/consistency/${scheduleId}`
    for (const [as, status] of [
      ['nobody', 401],
      ['user', 403],
    ] as const) {
      expect((await service.call('GET', path, { as })).status).toBe(status)
      expect((await service.call('POST', `${path}/repair`, { as })).status).toBe(status)
    }
    const unknown = await check('01890000-0000-7000-8000-000000000000')
    expect([unknown.status, unknown.body.code]).toEqual([404, 'SCHEDULE_NOT_FOUND'])
    expect((await check('x')).status).toBe(400)
    reservations.state.isAway = true
    const away = await check(scheduleId)
    reservations.state.isAway = false
    expect([away.status, away.body.code, away.headers['retry-after']]).toEqual([503, 'SERVICE_UNAVAILABLE', '1'])
  })
})

describe('the round of the job', () => {
  it('counts and logs what will not mend itself, and nothing that is under way or over', async () => {
    const wrong = await schedule()
    reserve({ scheduleId: wrong.scheduleId, seatIds: [...wrong.seatIds(0, 1), newReservationId()] })
    const fresh = await schedule()
    reserve({ scheduleId: fresh.scheduleId, seatIds: fresh.seatIds(0) }, 'CONFIRMED', 3)
    await service.database.db
      .updateTable('event_schedules')
      .set({ event_start_at: '2020-01-01T10:00:00Z', event_end_at: '2020-01-01T12:00:00Z' })
      .where('id', 'not in', [wrong.scheduleId, fresh.scheduleId])
      .execute()
    const lines: string[] = []
    const metrics = createMetrics('event')
    const { reservations: books } = service
    const deps = { db: service.database.db, reservations: books, redis: service.redis, metrics }
    const round = createRound({ ...deps, log: createLog('event', 'warn', { write: (line) => void lines.push(line) }) })
    await round(new AbortController().signal)
    const text = await metrics.metrics()
    expect(text).toMatch(/event_seat_differences\{kind="missing",service="event"\} 2/)
    expect(text).toMatch(/event_seat_differences\{kind="unknownSeat",service="event"\} 1/)
    expect(text).toMatch(/event_consistency_checks_total\{outcome="equal",service="event"\} 1/)
    expect(text).toMatch(/event_consistency_checks_total\{outcome="different",service="event"\} 1/)
    expect(lines).toHaveLength(1)
    expect(JSON.parse(String(lines[0]))).toMatchObject({ scheduleId: wrong.scheduleId, missing: 2, extra: 0 })
  })
})
