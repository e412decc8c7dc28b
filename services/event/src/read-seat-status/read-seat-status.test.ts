import { describe, expect, it } from 'vitest'
import { makeEvent, seatsOf } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()

describe('GET /internal/seats/status/{scheduleId}', () => {
  it('gives the sold seats at once, as IDs or as bits', async () => {
    const { scheduleId } = await makeEvent(service)
    const url = `/internal/seats/status/${scheduleId}`
    expect((await service.internal(url)).body).toEqual({ scheduleId, soldSeatIds: [] })
    const sold = (await seatsOf(service, scheduleId)).filter((seat) => [0, 3, 9].includes(seat.ordinal))
    await service.database.db
      .updateTable('seats')
      .set({ status: 'SOLD', reservation_id: '01890000-0000-7000-8000-000000000001' })
      .where(
        'id',
        'in',
        sold.map((seat) => seat.id),
      )
      .execute()
    expect((await service.internal(url)).body).toEqual({ scheduleId, soldSeatIds: sold.map((seat) => seat.id) })
    const bits = await service.internal(`${url}?format=bitmap`)
    expect(bits.body).toEqual({ scheduleId, layoutVersion: 1, seatsTotal: 10, sold: expect.any(String) })
    expect([...Buffer.from(bits.body.sold, 'base64')]).toEqual([0b0000_1001, 0b0000_0010])
  })

  it('gives 404 for an unknown schedule and 400 for an unknown format', async () => {
    const url = '/internal/seats/status/01890000-0000-7000-8000-000000000000'
    expect((await service.internal(url)).status).toBe(404)
    expect((await service.internal(`${url}?format=xml`)).status).toBe(400)
  })
})
