import { describe, expect, it } from 'vitest'
import { makeEvent, schedulePlan, smallPrices } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()

describe('GET /events/{id}', () => {
  it('gives the event with place, schedules in order and prices', async () => {
    const schedules = [schedulePlan({ playSequence: 2, start: 800 }), schedulePlan({ saleStart: 2 })]
    const { eventId, venueId, hallId } = await makeEvent(service, { schedules })
    const event = await service.call('GET', `/events/${eventId}`)
    expect(event.body).toMatchObject({
      id: eventId,
      title: 'LUMINA World Tour',
      artist: 'LUMINA',
      description: 'A show',
      status: 'ONGOING',
      venue: { id: venueId, name: expect.any(String), address: 'Olympic-ro 424' },
      hall: { id: hallId, name: 'Main' },
      prices: smallPrices,
    })
    expect(event.body.schedules).toEqual([
      { id: expect.any(String), ...schedules[1], status: 'UPCOMING', soldOut: false, version: 1 },
      { id: expect.any(String), ...schedules[0], status: 'ONGOING', soldOut: false, version: 1 },
    ])
    expect((await service.call('GET', `/events/${eventId}/schedules`)).body).toEqual(event.body.schedules)
  })

  it('keeps what it gave in a Redis hash for five minutes, less if time changes it sooner', async () => {
    const { eventId } = await makeEvent(service)
    await service.call('GET', `/events/${eventId}`)
    const { client } = service.redis
    expect(JSON.parse((await client.hget(`cache:event:${eventId}`, 'body')) ?? '{}')).toMatchObject({ id: eventId })
    expect(await client.pttl(`cache:event:${eventId}`)).toBeGreaterThan(290_000)

    const soon = await makeEvent(service, { schedules: [schedulePlan({ saleStart: 1 / 60 })] })
    await service.call('GET', `/events/${soon.eventId}`)
    expect(await client.pttl(`cache:event:${soon.eventId}`)).toBeLessThanOrEqual(60_000)
  })

  it('answers 304 to who has it already, also when the tag lost its weakness', async () => {
    const { eventId } = await makeEvent(service)
    const first = await service.call('GET', `/events/${eventId}`)
    const etag = String(first.headers['etag'])
    for (const tag of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const again = await service.call('GET', `/events/${eventId}`, { headers: { 'if-none-match': tag } })
      expect(again.status, tag).toBe(304)
    }
    const other = await service.call('GET', `/events/${eventId}`, { headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
  })

  it('gives 404 for what is unknown or in preparation, which administrators see', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { publish: false })
    for (const url of [
      '/events/01890000-0000-7000-8000-000000000000',
      `/events/${eventId}`,
      `/events/${eventId}/schedules`,
      `/events/schedules/${scheduleId}`,
    ]) {
      expect((await service.call('GET', url)).status, url).toBe(404)
    }
    for (const url of [`/events/${eventId}`, `/events/${eventId}/schedules`, `/events/schedules/${scheduleId}`]) {
      expect((await service.call('GET', url, { as: 'admin' })).status, url).toBe(200)
      expect((await service.call('GET', url)).status, url).toBe(404)
    }
    expect((await service.call('GET', '/events/nonsense')).status).toBe(400)
  })
})
