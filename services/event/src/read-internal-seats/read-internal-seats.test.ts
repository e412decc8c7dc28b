import { internalSeatColumnsSchema, internalSeatsSchema } from '@ticket-queue/contracts/http/event'
import { describe, expect, it } from 'vitest'
import { makeEvent, makeHall } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()

describe('GET /internal/schedules/{id}/seats', () => {
  it('gives the inventory in ordinal order as the contract says', async () => {
    const { scheduleId } = await makeEvent(service)
    const answer = await service.internal(`/internal/schedules/${scheduleId}/seats`)
    const { seats } = internalSeatsSchema.parse(answer.body)
    expect(seats.map((seat) => seat.ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(seats[9]).toMatchObject({ seatNumber: 'B-02-002', section: 'B', row: '2', grade: 'S', price: 90_000 })
    const [, second] = seats
    expect(second?.x).toBe((seats[0]?.x ?? 0) + 1)
    expect(second).toMatchObject({ y: seats[0]?.y, accessible: false, companionOf: null, restrictedView: false })
  })

  it('tells of a companion seat which wheelchair place it belongs to', async () => {
    const section = { name: 'A', grade: 'VIP', rows: 1, seatsPerRow: 3, accessible: ['1-2'], companions: ['1-3'] }
    const place = await makeHall(service, { sections: [section] }, 3)
    const { scheduleId } = await makeEvent(service, { place, prices: { VIP: 5 } })
    const answer = await service.internal(`/internal/schedules/${scheduleId}/seats`)
    const { seats } = internalSeatsSchema.parse(answer.body)
    expect(seats.map((seat) => [seat.accessible, seat.companionOf])).toEqual([
      [false, null],
      [true, null],
      [false, 1],
    ])
  })

  it('gives the same inventory as one list per field, for a reader that asks for columns', async () => {
    const marks = { accessible: ['1-2'], companions: ['1-3'], restrictedView: ['2-1', '2-3'] }
    const sections = [
      { name: 'A1', grade: 'VIP', rows: 2, seatsPerRow: 3, position: { x: 0.25, y: -3, angleDegrees: 30 }, ...marks },
      { name: '나', grade: 'S', rows: 2, seatsPerRow: 2, position: { x: 9, y: 10 } },
    ]
    const place = await makeHall(service, { sections }, 10)
    const { scheduleId } = await makeEvent(service, { place })
    const path = `/internal/schedules/${scheduleId}/seats`
    const { seats } = internalSeatsSchema.parse((await service.internal(path)).body)
    const answer = await service.internal(`${path}?format=columns`)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' })
    const { columns, ...remarks } = internalSeatColumnsSchema.parse(answer.body)
    for (const field of Object.keys(columns) as (keyof typeof columns)[])
      expect(columns[field], field).toEqual(seats.map((seat) => seat[field]))
    expect(remarks).toEqual({ scheduleId, accessible: [1], companions: [[2, 1]], restrictedView: [3, 5] })
  })

  it('leaves the lists empty of what is said of no seat', async () => {
    const { scheduleId } = await makeEvent(service)
    const answer = await service.internal(`/internal/schedules/${scheduleId}/seats?format=columns`)
    expect(internalSeatColumnsSchema.parse(answer.body)).toMatchObject({
      accessible: [],
      companions: [],
      restrictedView: [],
    })
  })

  it.each(['', '?format=full', '?format=columns'])('gives 404 for an unknown schedule (%s)', async (query) => {
    const path = `/internal/schedules/01890000-0000-7000-8000-000000000000/seats${query}`
    expect((await service.internal(path)).status).toBe(404)
  })
})
