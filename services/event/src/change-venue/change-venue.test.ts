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
    const { list } = (await service.call('GET', urls[0])).body
    expect(list.find((each: { id: string }) => each.id === eventId).city).toBe('Incheon')
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

describe('PUT /venues/{id}', () => {
  const put = (venueId: string, body: object, as: 'admin' | 'user' = 'admin') =>
    service.call('PUT', `/venues/${venueId}`, { as, body })
  const whole = { name: 'Sky Dome', address: 'Gyeongin-ro 430', city: 'Seoul' }

  it('replaces the venue, and readers of its events see it at once', async () => {
    const { eventId, venueId } = await makeEvent(service)
    await service.call('GET', `/events/${eventId}`)
    expect((await put(venueId, whole)).body).toEqual({ id: venueId, ...whole, version: 2 })
    expect((await service.call('GET', `/events/${eventId}`)).body.venue).toEqual({ id: venueId, ...whole })
    expect((await service.call('GET', `/venues/${venueId}`)).body).toMatchObject({
      ...whole,
      halls: [{ name: 'Main' }],
    })
  })

  it('makes one of two edits of the same version, and tells the other of the present one', async () => {
    const { venueId } = await makeHall(service)
    const answers = await Promise.all(['A', 'B'].map((name) => put(venueId, { ...whole, name, version: 1 })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409])
    const lost = answers.find((answer) => answer.status === 409)
    expect(lost?.body).toMatchObject({ code: 'VERSION_CONFLICT', version: 2 })
  })

  it('refuses what is incomplete, an unknown venue, and everybody but administrators', async () => {
    const { venueId } = await makeHall(service)
    expect((await put(venueId, { name: 'Sky Dome' })).body.code).toBe('VALIDATION_FAILED')
    expect((await put('01890000-0000-7000-8000-000000000000', whole)).body.code).toBe('VENUE_NOT_FOUND')
    expect((await put(venueId, whole, 'user')).status).toBe(403)
  })
})
