import { describe, expect, it } from 'vitest'
import { makeEvent, schedulePlan, smallPrices } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()

describe('GET /events/schedules/{id}', () => {
  it('gives the schedule with its event, place, prices and whether it is on sale', async () => {
    const plan = schedulePlan()
    const { eventId, scheduleId, venueId, hallId } = await makeEvent(service, { schedules: [plan] })
    const schedule = await service.call('GET', `/events/schedules/${scheduleId}`)
    expect(schedule.body).toMatchObject({
      id: scheduleId,
      eventId,
      eventTitle: 'LUMINA World Tour',
      venue: { id: venueId },
      hall: { id: hallId },
      ...plan,
      status: 'ONGOING',
      saleOpen: true,
      soldOut: false,
      seatsTotal: 10,
      prices: smallPrices,
    })
    const again = await service.call('GET', `/events/schedules/${scheduleId}`, {
      headers: { 'if-none-match': String(schedule.headers['etag']) },
    })
    expect(again.status).toBe(304)
    expect(await service.redis.client.type(`cache:schedule:${scheduleId}`)).toBe('hash')
  })

  it('is on sale from the start of the sale until before its end', async () => {
    const before = await makeEvent(service, { schedules: [schedulePlan({ saleStart: 1 })] })
    const after = await makeEvent(service, { schedules: [schedulePlan({ saleStart: -9, saleEnd: -1 })] })
    const read = async (id: string) => (await service.call('GET', `/events/schedules/${id}`)).body
    expect(await read(before.scheduleId)).toMatchObject({ saleOpen: false, status: 'UPCOMING' })
    expect(await read(after.scheduleId)).toMatchObject({ saleOpen: false, status: 'ONGOING' })
  })
})
