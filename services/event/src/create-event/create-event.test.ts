import { describe, expect, it } from 'vitest'
import { hoursFromNow, makeHall, schedulePlan, seatsOf, smallPrices } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const place = await makeHall(service)
const plan = (change: object = {}) => ({
  title: 'LUMINA World Tour',
  artist: 'LUMINA',
  ...place,
  prices: smallPrices,
  schedules: [schedulePlan(), schedulePlan({ playSequence: 2, start: 744 })],
  ...change,
})
const post = (body: object, as: 'admin' | 'user' | 'nobody' = 'admin') => service.call('POST', '/events', { as, body })

describe('POST /events', () => {
  it('creates the event in preparation with the whole inventory of each schedule', async () => {
    const created = await post(plan())
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({ title: 'LUMINA World Tour', status: 'PREPARING', prices: smallPrices })
    const [first, second] = created.body.schedules
    const seats = await seatsOf(service, first.id)
    expect(seats.map((seat) => [seat.ordinal, seat.seat_number, seat.grade, seat.price, seat.status])).toEqual([
      [0, 'A-01-001', 'VIP', 150_000, 'AVAILABLE'],
      [1, 'A-01-002', 'VIP', 150_000, 'AVAILABLE'],
      [2, 'A-01-003', 'VIP', 150_000, 'AVAILABLE'],
      [3, 'A-02-001', 'VIP', 150_000, 'AVAILABLE'],
      [4, 'A-02-002', 'VIP', 150_000, 'AVAILABLE'],
      [5, 'A-02-003', 'VIP', 150_000, 'AVAILABLE'],
      [6, 'B-01-001', 'S', 90_000, 'AVAILABLE'],
      [7, 'B-01-002', 'S', 90_000, 'AVAILABLE'],
      [8, 'B-02-001', 'S', 90_000, 'AVAILABLE'],
      [9, 'B-02-002', 'S', 90_000, 'AVAILABLE'],
    ])
    const numbers = (rows: typeof seats) => rows.map((seat) => seat.seat_number)
    expect(numbers(await seatsOf(service, second.id))).toEqual(numbers(seats))
  })

  it('makes the 15,000 seats of an arena in one statement', async () => {
    const sections = Array.from({ length: 50 }, (_, index) => ({
      name: `S${index}`,
      grade: index % 2 === 0 ? 'VIP' : 'S',
      rows: 15,
      seatsPerRow: 20,
    }))
    const arena = await makeHall(service, { sections }, 15_000)
    const before = service.queries.length
    const created = await post(plan({ ...arena, schedules: [schedulePlan()] }))
    expect(created.status).toBe(201)
    expect(service.queries.length - before).toBeLessThan(10)
    const seats = await seatsOf(service, created.body.schedules[0].id)
    expect(seats).toHaveLength(15_000)
    expect(seats.map((seat) => seat.id)).toEqual(seats.map((seat) => seat.id).sort())
  })

  it('rules the sale as its options say, and by default as if it had none', async () => {
    const usual = { perPersonMax: null, avoidOrphans: false, release: { policy: 'AT_ONCE', at: null } }
    expect((await post(plan())).body.rules).toEqual(usual)
    const batched = { policy: 'BATCHED', at: '02:10' }
    const options = { perPersonMax: 2, avoidOrphans: true, release: batched }
    const created = await post(plan({ options }))
    expect(created.body.rules).toEqual(options)
    const internal = await service.internal(`/internal/schedules/${created.body.schedules[0].id}`)
    expect(internal.body.rules).toEqual(options)
    const partly = await post(plan({ options: { release: { policy: 'WAITING_LIST' } } }))
    expect(partly.body.rules).toEqual({ ...usual, release: { policy: 'WAITING_LIST', at: null } })
  })

  it('refuses options that cannot be obeyed, naming the field', async () => {
    for (const [options, path] of [
      [{ perPersonMax: 0 }, 'options.perPersonMax'],
      [{ perPersonMax: 101 }, 'options.perPersonMax'],
      [{ perPersonMax: 1.5 }, 'options.perPersonMax'],
      [{ avoidOrphans: 'yes' }, 'options.avoidOrphans'],
      [{ release: { policy: 'BATCHED' } }, 'options.release.at'],
      [{ release: { policy: 'BATCHED', at: '24:00' } }, 'options.release.at'],
      [{ release: { policy: 'AT_ONCE', at: '02:10' } }, 'options.release.at'],
      [{ release: { policy: 'LOTTERY' } }, 'options.release.policy'],
    ] as const) {
      const refused = await post(plan({ options }))
      expect([refused.status, refused.body.errors[0].path], JSON.stringify(options)).toEqual([400, path])
    }
  })

  it('refuses times in disorder, naming each field', async () => {
    const refused = await post(
      plan({
        schedules: [
          { ...schedulePlan(), eventEndAt: hoursFromNow(1) },
          { ...schedulePlan({ playSequence: 2 }), saleEndAt: hoursFromNow(-5) },
          { ...schedulePlan({ playSequence: 3 }), saleEndAt: hoursFromNow(721) },
        ],
      }),
    )
    expect(refused.status).toBe(400)
    expect(refused.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'schedules.0.eventEndAt',
      'schedules.1.saleEndAt',
      'schedules.2.saleEndAt',
    ])
  })

  it('refuses schedules with the same sequence, none, or more than 50', async () => {
    const many = Array.from({ length: 51 }, (_, index) => schedulePlan({ playSequence: index + 1 }))
    for (const schedules of [[schedulePlan(), schedulePlan()], [], many]) {
      expect((await post(plan({ schedules }))).body.code).toBe('VALIDATION_FAILED')
    }
  })

  it('refuses a missing price and a price for a grade that the hall has not', async () => {
    const missing = await post(plan({ prices: { VIP: 1000 } }))
    expect(missing.body.errors).toEqual([{ path: 'prices.S', code: 'REQUIRED', message: 'The hall has S seats' }])
    const unknown = await post(plan({ prices: { ...smallPrices, B: 1000 } }))
    expect(unknown.body.errors).toEqual([
      { path: 'prices.B', code: 'UNKNOWN_GRADE', message: 'The hall has no B seats' },
    ])
    expect((await post(plan({ prices: { ...smallPrices, S: -1 } }))).status).toBe(400)
    expect((await post(plan({ prices: { ...smallPrices, S: 1.5 } }))).status).toBe(400)
  })

  it('refuses an unknown venue or hall and a hall of another venue', async () => {
    const unknown = '01890000-0000-7000-8000-000000000000'
    const elsewhere = await makeHall(service)
    expect((await post(plan({ venueId: unknown }))).body.code).toBe('VENUE_NOT_FOUND')
    expect((await post(plan({ hallId: unknown }))).body.code).toBe('HALL_NOT_FOUND')
    const other = await post(plan({ hallId: elsewhere.hallId }))
    expect([other.status, other.body.code]).toEqual([409, 'HALL_OF_OTHER_VENUE'])
  })

  it('refuses more seats than one request can make', async () => {
    const hall = await makeHall(
      service,
      Array.from({ length: 10 }, (_, index) => ({ name: `S${index}`, grade: 'VIP', rows: 100, seatsPerRow: 50 })),
      50_000,
    )
    const schedules = Array.from({ length: 9 }, (_, index) => schedulePlan({ playSequence: index + 1 }))
    const refused = await post(plan({ ...hall, prices: { VIP: 1 }, schedules }))
    expect(refused.body.errors[0].code).toBe('TOO_MANY_SEATS')
  })

  it('leaves nothing behind when it refuses', async () => {
    const count = () => service.database.db.selectFrom('events').select('id').execute()
    const before = await count()
    await post(plan({ prices: { VIP: 1000 } }))
    expect(await count()).toHaveLength(before.length)
  })

  it('refuses everybody but administrators', async () => {
    expect((await post(plan(), 'user')).status).toBe(403)
    expect((await post(plan(), 'nobody')).status).toBe(401)
  })
})
