import { waitUntil } from '@ticket-queue/testing'
import { describe, expect, it } from 'vitest'
import { compactSeatMapSchema, seatMapSchema } from '../domain/seat-map.ts'
import { makeEvent, makeHall, schedulePlan, seatsOf } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'
import { createSeatMaps } from './read-seats.ts'

const service = await testEventService()
const read = (scheduleId: string, query = '', headers = {}) =>
  service.call('GET', `/events/schedules/${scheduleId}/seats${query}`, { headers })
const sell = async (scheduleId: string, ordinal: number) =>
  service.database.db
    .updateTable('seats')
    .set({ status: 'SOLD', reservation_id: '01890000-0000-7000-8000-000000000001' })
    .where('event_schedule_id', '=', scheduleId)
    .where('ordinal', '=', ordinal)
    .execute()

describe('GET /events/schedules/{id}/seats', () => {
  it('groups the seats by grade, best first, with price and state', async () => {
    const { scheduleId } = await makeEvent(service)
    await sell(scheduleId, 7)
    const map = seatMapSchema.parse((await read(scheduleId)).body)
    expect(map).toMatchObject({ scheduleId, layoutVersion: 1 })
    expect(map.grades.map(({ grade, price, seats }) => [grade, price, seats.length])).toEqual([
      ['VIP', 150_000, 6],
      ['S', 90_000, 4],
    ])
    const [first, second] = map.grades[1]?.seats ?? []
    expect(first).toMatchObject({ ordinal: 6, seatNumber: 'B-01-001', section: 'B', row: '1', x: 0, y: 10 })
    expect([first?.status, second?.status]).toEqual(['AVAILABLE', 'SOLD'])
  })

  it('gives the same in columns', async () => {
    const sections = [
      {
        name: 'A',
        grade: 'VIP',
        rows: 1,
        seatsPerRow: 3,
        accessible: ['1-2'],
        companions: ['1-1'],
        restrictedView: ['1-3'],
      },
    ]
    const place = await makeHall(service, { sections }, 3)
    const { scheduleId } = await makeEvent(service, { place, prices: { VIP: 5 } })
    await sell(scheduleId, 2)
    const seats = await seatsOf(service, scheduleId)
    const compact = await read(scheduleId, '?format=compact')
    expect(compactSeatMapSchema.strict().parse(compact.body)).toEqual({
      scheduleId,
      layoutVersion: 1,
      grades: [
        {
          grade: 'VIP',
          price: 5,
          seats: {
            id: seats.map((seat) => seat.id),
            ordinal: [0, 1, 2],
            seatNumber: ['A-01-001', 'A-01-002', 'A-01-003'],
            section: ['A', 'A', 'A'],
            row: ['1', '1', '1'],
            x: [0, 1, 2],
            y: [0, 0, 0],
            status: ['AVAILABLE', 'AVAILABLE', 'SOLD'],
          },
          accessible: [1],
          companions: [[0, 1]],
          restrictedView: [2],
        },
      ],
    })
    const full = seatMapSchema.parse((await read(scheduleId)).body).grades[0]?.seats
    expect(full?.map((seat) => [seat.accessible, seat.companionOf, seat.restrictedView])).toEqual([
      [undefined, 1, undefined],
      [true, undefined, undefined],
      [undefined, undefined, true],
    ])
  })

  it('shows a sale within about a second, under a new tag, in every process', async () => {
    const { scheduleId } = await makeEvent(service)
    const other = service.replica()
    const url = `/events/schedules/${scheduleId}/seats`
    const before = await read(scheduleId)
    await other.call('GET', url)
    const tag = { 'if-none-match': String(before.headers['etag']) }
    expect((await read(scheduleId, '', tag)).status).toBe(304)
    await sell(scheduleId, 0)
    for (const process of [service, other]) {
      const after = await waitUntil(async () => {
        const answer = await process.call('GET', url, { headers: tag })
        return answer.status === 200 ? answer : null
      })
      expect(after.body.grades[0].seats[0].status).toBe('SOLD')
    }
  })

  it('reads layout and sold seats once for a hundred readers on a cold cache', async () => {
    const { scheduleId } = await makeEvent(service)
    const cold = service.replica()
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => cold.call('GET', `/events/schedules/${scheduleId}/seats`)),
    )
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
    expect(cold.queries).toHaveLength(2)
    const warm = service.replica()
    await warm.call('GET', `/events/schedules/${scheduleId}/seats?format=compact`)
    expect(warm.queries).toHaveLength(1)
    expect(await service.redis.client.type(`cache:seats:${scheduleId}`)).toBe('hash')
  })

  it('makes each map once, also when more schedules are looked at in turn than layouts are kept', async () => {
    const schedules = Array.from({ length: 24 }, (_, index) =>
      schedulePlan({ playSequence: index + 1, start: 720 + index * 24 }),
    )
    const { eventId } = await makeEvent(service, { schedules })
    const { body } = await service.call('GET', `/events/${eventId}/schedules`)
    const ids: string[] = body.map((schedule: { id: string }) => schedule.id)
    expect(ids).toHaveLength(24)
    const maps = createSeatMaps(service)
    const look = async () => {
      const bodies = []
      for (const id of ids) bodies.push(await maps.read(id, 'compact', 'public'))
      return bodies
    }
    const first = await look()
    expect(new Set(first.map((map) => map?.etag)).size).toBe(24)
    for (const [index, map] of (await look()).entries()) expect(map).toBe(first[index])
    const [id = ''] = ids
    await sell(id, 3)
    const after = await waitUntil(async () => {
      const map = await maps.read(id, 'compact', 'public')
      return map !== first[0] && map
    })
    const other = await createSeatMaps(service).read(id, 'compact', 'public')
    expect(after).toEqual(other)
  })

  it('gives 404 for what is unknown or in preparation, which administrators see', async () => {
    expect((await read('01890000-0000-7000-8000-000000000000')).status).toBe(404)
    const { scheduleId } = await makeEvent(service, { publish: false })
    expect((await read(scheduleId)).status).toBe(404)
    const seen = await service.call('GET', `/events/schedules/${scheduleId}/seats`, { as: 'admin' })
    expect([seen.status, seen.headers['cache-control']]).toEqual([200, 'private, no-store'])
    expect((await read(scheduleId)).status).toBe(404)
    expect((await read(scheduleId, '?format=xml')).status).toBe(400)
  })
})
