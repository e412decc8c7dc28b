import { describe, expect, it } from 'vitest'
import { makeEvent, makeHall } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()

describe('PATCH /venues/{id}', () => {
  it('changes what is given, and readers of its events see it at once', async () => {
    const { eventId, scheduleId, venueId } = await makeEvent(service)
    const urls = ['/events', `/events/${eventId}`, `/events/schedules/${scheduleId}`] as const
    for (const url of urls) await service.call('GET', url)
    const changed = await service.call('PATCH', `/venues/${venueId}`, { as: 'admin', body: { city: 'Incheon' } })
    expect(changed.body).toMatchObject({ id: venueId, city: 'Incheon', address: 'Olympic-ro 424' })
    expect((await service.call('GET', urls[0])).body.list[0].city).toBe('Incheon')
    expect((await service.call('GET', urls[1])).body.venue.city).toBe('Incheon')
    expect((await service.call('GET', urls[2])).body.venue.city).toBe('Incheon')
  })

  it('refuses an empty change, an unknown venue, and everybody but administrators', async () => {
    const { venueId } = await makeHall(service)
    expect((await service.call('PATCH', `/venues/${venueId}`, { as: 'admin', body: {} })).status).toBe(400)
    expect((await service.call('PATCH', `/venues/${venueId}`, { as: 'user', body: { city: 'x' } })).status).toBe(403)
    const unknown = '/venues/01890000-0000-7000-8000-000000000000'
    expect((await service.call('PATCH', unknown, { as: 'admin', body: { city: 'x' } })).status).toBe(404)
  })
})
