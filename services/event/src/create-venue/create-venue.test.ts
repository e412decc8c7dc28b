import { describe, expect, it } from 'vitest'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const venue = { name: 'KSPO DOME', address: '서울특별시 송파구 올림픽로 424', city: '서울' }

describe('POST /venues', () => {
  it('lets an administrator add a venue that everybody can read', async () => {
    const created = await service.call('POST', '/venues', { as: 'admin', body: venue })
    expect(created.status).toBe(201)
    expect(created.body).toEqual({ id: expect.any(String), ...venue, version: 1 })
    expect(created.headers['location']).toBe(`/venues/${created.body.id}`)
    const read = await service.call('GET', `/venues/${created.body.id}`)
    expect(read.body).toEqual({ ...created.body, halls: [] })
  })

  it('refuses everybody else', async () => {
    expect((await service.call('POST', '/venues', { as: 'user', body: venue })).status).toBe(403)
    expect((await service.call('POST', '/venues', { body: venue })).status).toBe(401)
  })

  it('believes no identity that does not come from the gateway', async () => {
    const headers = { 'x-service-api-key': 'somebody' }
    expect((await service.call('POST', '/venues', { as: 'admin', body: venue, headers })).status).toBe(401)
  })

  it('refuses empty names, control characters and fields it does not know', async () => {
    for (const body of [
      { ...venue, name: '  ' },
      { ...venue, city: 'Se\u0000oul' },
      { ...venue, owner: 'me' },
      { name: 'x' },
    ]) {
      const refused = await service.call('POST', '/venues', { as: 'admin', body })
      expect(refused.status).toBe(400)
      expect(refused.body.code).toBe('VALIDATION_FAILED')
    }
  })
})
