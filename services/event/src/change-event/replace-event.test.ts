import { describe, expect, it } from 'vitest'
import { makeEvent, outboxOf, schedulePlan, seatsOf, smallPrices } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const put = (eventId: string, body: object) => service.call('PUT', `/events/${eventId}`, { as: 'admin', body })
const patch = (eventId: string, body: object) => service.call('PATCH', `/events/${eventId}`, { as: 'admin', body })
const read = async (eventId: string) => (await service.call('GET', `/events/${eventId}`, { as: 'admin' })).body
const coming = () => [schedulePlan({ saleStart: 2 }), schedulePlan({ playSequence: 2, saleStart: 3, start: 744 })]
const pathsOf = (answer: { body: { errors: { path: string }[] } }) => answer.body.errors.map((error) => error.path)

describe('PUT /events/{id}', () => {
  const body = (place: object, change: object = {}) => ({
    title: 'New',
    artist: 'NOVA',
    ...place,
    prices: smallPrices,
    ...change,
  })

  it('takes what POST takes: the schedules of the same sequence move, others come and go', async () => {
    const { eventId, scheduleId, venueId, hallId } = await makeEvent(service, { schedules: coming() })
    const gone = (await read(eventId)).schedules[1].id
    const schedules = [schedulePlan({ saleStart: 5, start: 900 }), schedulePlan({ playSequence: 7, saleStart: 6 })]
    const replaced = await put(eventId, body({ venueId, hallId }, { schedules }))
    expect(replaced.status).toBe(200)
    expect(replaced.body).toMatchObject({
      title: 'New',
      artist: 'NOVA',
      description: '',
      posterUrl: null,
      prices: smallPrices,
    })
    expect(replaced.body.schedules).toMatchObject([{ ...schedules[0], id: scheduleId }, schedules[1] ?? {}])
    expect((await service.call('GET', `/events/schedules/${gone}`)).status).toBe(404)
    expect((await outboxOf(service, 'ScheduleUpdated', gone)).at(-1)?.payload['status']).toBe('CANCELLED')
    expect(await seatsOf(service, replaced.body.schedules[1].id)).toHaveLength(10)
  })

  it('leaves prices and schedules that it does not name, and makes options default', async () => {
    const { eventId, venueId, hallId } = await makeEvent(service, { schedules: coming() })
    const before = (await patch(eventId, { options: { perPersonMax: 3 } })).body
    const replaced = await put(eventId, { title: 'New', artist: 'NOVA', venueId, hallId })
    expect(replaced.body).toMatchObject({
      prices: before.prices,
      schedules: before.schedules,
      rules: { perPersonMax: null },
    })
  })

  it('refuses to move or remove what is on sale, and then changes nothing at all', async () => {
    const { eventId, venueId, hallId } = await makeEvent(service)
    const before = await read(eventId)
    const place = { venueId, hallId }
    const moved = await put(eventId, body(place, { artist: 'LUMINA', schedules: [schedulePlan({ start: 900 })] }))
    expect([moved.status, pathsOf(moved)]).toEqual([
      409,
      ['schedules.0.saleStartAt', 'schedules.0.eventStartAt', 'schedules.0.eventEndAt'],
    ])
    const removed = await put(
      eventId,
      body(place, { artist: 'LUMINA', schedules: [schedulePlan({ playSequence: 9 })] }),
    )
    expect([removed.body.code, pathsOf(removed)]).toEqual(['SALE_STARTED', ['schedules']])
    expect(await read(eventId)).toEqual(before)
  })

  it('refuses what is incomplete, and another version', async () => {
    const { eventId, venueId, hallId } = await makeEvent(service, { schedules: coming() })
    expect((await put(eventId, { title: 'New' })).status).toBe(400)
    const stale = await put(eventId, body({ venueId, hallId }, { version: 99 }))
    expect([stale.status, stale.body.code]).toEqual([409, 'VERSION_CONFLICT'])
  })
})
