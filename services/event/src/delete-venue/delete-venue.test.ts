import { describe, expect, it } from 'vitest'
import { makeHall } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const remove = (id: string, as: 'admin' | 'user' = 'admin') => service.call('DELETE', `/venues/${id}`, { as })

describe('DELETE /venues/{id}', () => {
  it('takes a venue without halls out of the catalogue, once', async () => {
    const body = { name: 'Tent', address: 'Nowhere 1', city: 'Jeju' }
    const venue = await service.call('POST', '/venues', { as: 'admin', body })
    const answers = await Promise.all([remove(venue.body.id), remove(venue.body.id)])
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, 404])
    expect((await service.call('GET', `/venues/${venue.body.id}`)).status).toBe(404)
    expect((await service.call('GET', '/venues?city=Jeju')).body.totalElements).toBe(0)
  })

  it('refuses a venue with halls, an unknown one, and everybody but administrators', async () => {
    const { venueId } = await makeHall(service)
    expect((await remove(venueId)).body.code).toBe('VENUE_IN_USE')
    expect((await remove('01890000-0000-7000-8000-000000000000')).body.code).toBe('VENUE_NOT_FOUND')
    expect((await remove(venueId, 'user')).status).toBe(403)
  })
})
