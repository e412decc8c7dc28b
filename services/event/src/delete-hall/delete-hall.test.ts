import { describe, expect, it } from 'vitest'
import { makeEvent, makeHall, schedulePlan, smallPrices } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const remove = (place: { venueId: string; hallId: string }, as: 'admin' | 'user' = 'admin') =>
  service.call('DELETE', `/venues/${place.venueId}/halls/${place.hallId}`, { as })

describe('DELETE /venues/{id}/halls/{hallId}', () => {
  it('takes an unused hall away, once; its venue can then go too', async () => {
    const place = await makeHall(service)
    const answers = await Promise.all([remove(place), remove(place)])
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, 404])
    expect((await service.call('GET', `/venues/${place.venueId}`)).body.halls).toEqual([])
    expect((await service.call('DELETE', `/venues/${place.venueId}`, { as: 'admin' })).status).toBe(204)
  })

  it('refuses while a show there is to come, on sale or in preparation', async () => {
    for (const options of [{}, { schedules: [schedulePlan({ saleStart: 2 })] }, { publish: false }]) {
      const refused = await remove(await makeEvent(service, options))
      expect([refused.status, refused.body.code]).toEqual([409, 'HALL_IN_USE'])
    }
  })

  it('goes when its shows are over or cancelled, and they still show its name', async () => {
    const over = await makeEvent(service, { schedules: [schedulePlan({ saleStart: -9, saleEnd: -8, start: -7 })] })
    const cancelled = await makeEvent(service)
    await service.call('POST', `/events/${cancelled.eventId}/cancel`, { as: 'admin' })
    for (const event of [over, cancelled]) {
      expect((await remove(event)).status).toBe(204)
      expect((await service.call('GET', `/events/${event.eventId}`)).body.hall.name).toBe('Main')
    }
    const body = schedulePlan({ playSequence: 2 })
    const url = `/events/${over.eventId}/schedules`
    expect((await service.call('POST', url, { as: 'admin', body })).body.code).toBe('HALL_NOT_FOUND')
  })

  it('never leaves an event without a hall when both are asked for at once', async () => {
    for (const _ of Array(10)) {
      const place = await makeHall(service)
      const body = { title: 'T', artist: 'A', ...place, prices: smallPrices, schedules: [schedulePlan()] }
      const [created, removed] = await Promise.all([
        service.call('POST', '/events', { as: 'admin', body }),
        remove(place),
      ])
      expect([created.status, removed.status]).toSatisfy(
        ([made, gone]) => (made === 201 && gone === 409) || (made === 404 && gone === 204),
      )
    }
  })

  it('refuses unknown halls, halls of another venue, and everybody but administrators', async () => {
    const [place, other] = [await makeHall(service), await makeHall(service)]
    expect((await remove({ ...place, venueId: other.venueId })).body.code).toBe('HALL_NOT_FOUND')
    expect((await remove({ ...place, hallId: other.venueId })).body.code).toBe('HALL_NOT_FOUND')
    expect((await remove(place, 'user')).status).toBe(403)
  })
})
