import { internalSeatsSchema } from '@ticket-queue/contracts/http/event'
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

  it('gives 404 for an unknown schedule', async () => {
    expect((await service.internal('/internal/schedules/01890000-0000-7000-8000-000000000000/seats')).status).toBe(404)
  })
})
