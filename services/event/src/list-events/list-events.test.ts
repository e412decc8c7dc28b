import { describe, expect, it } from 'vitest'
import { makeEvent, makeHall, schedulePlan } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const list = async (query = '', as: 'admin' | 'nobody' = 'nobody') =>
  service.call('GET', `/events${query === '' ? '' : `?${query}`}`, { as })
const titles = async (query: string, as: 'admin' | 'nobody' = 'nobody') =>
  (await list(query, as)).body.list.map((event: { title: string }) => event.title)

const busan = await makeHall(service, undefined, undefined, 'Busan')
const onSale = await makeEvent(service, { title: 'Beta on sale', artist: 'Nova' })
await makeEvent(service, { title: 'Alpha soon', schedules: [schedulePlan({ saleStart: 5, start: 100 })], place: busan })
await makeEvent(service, {
  title: 'Gamma over',
  schedules: [schedulePlan({ saleStart: -100, saleEnd: -60, start: -50 })],
})
const cancelled = await makeEvent(service, { title: 'Delta cancelled', prices: { VIP: 10, S: 5 } })
await service.call('POST', `/events/${cancelled.eventId}/cancel`, { as: 'admin' })
await makeEvent(service, { title: 'Epsilon hidden', publish: false })

describe('GET /events', () => {
  it('gives each event with place, times, status and prices', async () => {
    const page = await list('status=ONGOING')
    expect(page.status).toBe(200)
    expect(page.body).toEqual({
      list: [
        {
          id: onSale.eventId,
          title: 'Beta on sale',
          artist: 'Nova',
          venueName: expect.any(String),
          city: 'Seoul',
          startDate: expect.stringMatching(/^\d{4}-.*Z$/),
          endDate: expect.stringMatching(/^\d{4}-.*Z$/),
          status: 'ONGOING',
          posterUrl: null,
          minPrice: 90_000,
          maxPrice: 150_000,
        },
      ],
      page: 0,
      size: 20,
      totalElements: 1,
    })
  })

  it('derives the status from the sale window and the show by the clock of the database', async () => {
    expect(await titles('status=UPCOMING')).toEqual(['Alpha soon'])
    expect(await titles('status=ENDED')).toEqual(['Gamma over'])
    expect(await titles('status=CANCELLED')).toEqual(['Delta cancelled'])
  })

  it('shows what is on sale first, then what comes, then what is over', async () => {
    expect(await titles('')).toEqual(['Beta on sale', 'Alpha soon', 'Gamma over', 'Delta cancelled'])
  })

  it('filters by city and by words of title or artist, literally', async () => {
    expect(await titles('city=Busan')).toEqual(['Alpha soon'])
    expect(await titles('q=nOvA')).toEqual(['Beta on sale'])
    expect(await titles('q=%25')).toEqual([])
    expect(await titles("q='%20or%20true--")).toEqual([])
  })

  it('sorts', async () => {
    expect(await titles('sort=title')).toEqual(['Alpha soon', 'Beta on sale', 'Delta cancelled', 'Gamma over'])
    expect(await titles('sort=-title')).toEqual(['Gamma over', 'Delta cancelled', 'Beta on sale', 'Alpha soon'])
    expect((await titles('sort=startDate'))[0]).toBe('Gamma over')
    expect((await titles('sort=price'))[0]).toBe('Delta cancelled')
    expect((await titles('sort=newest'))[0]).toBe('Delta cancelled')
  })

  it('pages without gaps, and counts all also beyond the end', async () => {
    const pages = await Promise.all([0, 1, 2, 9].map((page) => list(`sort=title&size=2&page=${page}`)))
    expect(pages.map((page) => page.body.list.length)).toEqual([2, 2, 0, 0])
    expect(pages.map((page) => page.body.totalElements)).toEqual([4, 4, 4, 4])
  })

  it('hides events in preparation from the public and shows them to administrators', async () => {
    expect(await titles('q=Epsilon')).toEqual([])
    expect(await titles('q=Epsilon', 'admin')).toEqual(['Epsilon hidden'])
    expect(await titles('status=PREPARING', 'admin')).toEqual(['Epsilon hidden'])
    expect((await list('status=PREPARING')).status).toBe(400)
    const seen = await list('', 'admin')
    expect(seen.headers['cache-control']).toBe('private, no-store')
    expect((await list('')).body.totalElements).toBe(4)
  })

  it('refuses pages out of bounds and unknown words', async () => {
    for (const query of ['size=101', 'size=0', 'page=-1', 'page=x', 'status=OPEN', 'sort=id', 'q=']) {
      expect((await list(query)).status, query).toBe(400)
    }
  })

  it('answers 304 to who has the page already', async () => {
    const first = await list('sort=title')
    const again = await service.call('GET', '/events?sort=title', {
      headers: { 'if-none-match': String(first.headers['etag']) },
    })
    expect([again.status, again.text]).toEqual([304, ''])
  })
})
