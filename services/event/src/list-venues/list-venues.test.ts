import { describe, expect, it } from 'vitest'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
for (const [name, city] of [
  ['Blue Square', 'Seoul'],
  ['Art Hall', 'Seoul'],
  ['BEXCO', 'Busan'],
]) {
  await service.call('POST', '/venues', { as: 'admin', body: { name, address: 'Street 1', city } })
}
const names = async (query: string) =>
  (await service.call('GET', `/venues${query}`)).body.list.map((venue: { name: string }) => venue.name)

describe('GET /venues', () => {
  it('gives venues by name, page by page', async () => {
    const page = await service.call('GET', '/venues?size=2')
    expect(page.body).toMatchObject({ page: 0, size: 2, totalElements: 3 })
    expect(await names('?size=2')).toEqual(['Art Hall', 'BEXCO'])
    expect(await names('?size=2&page=1')).toEqual(['Blue Square'])
  })

  it('filters by city and name', async () => {
    expect(await names('?city=Busan')).toEqual(['BEXCO'])
    expect(await names('?q=squ')).toEqual(['Blue Square'])
  })

  it('answers 304 until a venue changes', async () => {
    const headers = { 'if-none-match': String((await service.call('GET', '/venues?city=Seoul')).headers['etag']) }
    expect((await service.call('GET', '/venues?city=Seoul', { headers })).status).toBe(304)
    expect((await service.call('GET', '/venues?city=Busan', { headers })).status).toBe(200)
  })
})
