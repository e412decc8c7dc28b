import { describe, expect, it } from 'vitest'
import { makeEvent, makeHall, schedulePlan, seatsOf, smallTemplate } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
type Place = { venueId: string; hallId: string }
const url = ({ venueId, hallId }: Place) => `/venues/${venueId}/halls/${hallId}`
const patch = (place: Place, body: object, as: 'admin' | 'user' = 'admin') =>
  service.call('PATCH', url(place), { as, body })
const put = (place: Place, body: object) => service.call('PUT', url(place), { as: 'admin', body })
const hallsOf = async ({ venueId }: Place) => (await service.call('GET', `/venues/${venueId}`)).body.halls
const oneRow = { sections: [{ name: 'Z', grade: 'VIP', rows: 1, seatsPerRow: 4 }] }

describe('PATCH /venues/{id}/halls/{hallId}', () => {
  it('changes what is given; the venue and the events there show it at once', async () => {
    const { eventId, scheduleId, ...place } = await makeEvent(service)
    for (const path of [`/events/${eventId}`, `/events/schedules/${scheduleId}`]) await service.call('GET', path)
    const changed = await patch(place, { name: 'Grand' })
    expect(changed.body).toMatchObject({
      id: place.hallId,
      venueId: place.venueId,
      name: 'Grand',
      capacity: 10,
      version: 2,
    })
    expect(await hallsOf(place)).toMatchObject([{ id: place.hallId, name: 'Grand', version: 2 }])
    expect((await service.call('GET', `/events/${eventId}`)).body.hall.name).toBe('Grand')
    expect((await service.call('GET', `/events/schedules/${scheduleId}`)).body.hall.name).toBe('Grand')
  })

  it('gives another template to schedules that come, and leaves the seats of those that are there', async () => {
    const { eventId, scheduleId, ...place } = await makeEvent(service)
    const before = await seatsOf(service, scheduleId)
    expect((await patch(place, { capacity: 4, seatTemplate: oneRow })).status).toBe(200)
    expect(await seatsOf(service, scheduleId)).toEqual(before)
    const body = { ...schedulePlan({ playSequence: 2 }), prices: { VIP: 1000 } }
    const added = await service.call('POST', `/events/${eventId}/schedules`, { as: 'admin', body })
    expect((await seatsOf(service, added.body.id)).map((seat) => seat.seat_number)).toEqual(
      [1, 2, 3, 4].map((number) => `Z-01-00${number}`),
    )
  })

  it('refuses a capacity that does not fit, broken templates, a name that is taken, and changes nothing', async () => {
    const place = await makeHall(service)
    const body = { name: 'Other', capacity: 10, seatTemplate: smallTemplate }
    await service.call('POST', `/venues/${place.venueId}/halls`, { as: 'admin', body })
    const before = await hallsOf(place)
    expect((await patch(place, { seatTemplate: oneRow })).body.errors[0].code).toBe('CAPACITY_MISMATCH')
    expect((await patch(place, { capacity: 9 })).body.errors[0].code).toBe('CAPACITY_MISMATCH')
    expect((await patch(place, { name: 'Other' })).body.code).toBe('HALL_NAME_TAKEN')
    for (const bad of [{}, { version: 1 }, { name: '' }, { seatTemplate: { sections: [] } }, { color: 'red' }]) {
      expect((await patch(place, bad)).body.code, JSON.stringify(bad)).toBe('VALIDATION_FAILED')
    }
    expect(await hallsOf(place)).toEqual(before)
  })

  it('makes one of two edits of the same version', async () => {
    const place = await makeHall(service)
    const answers = await Promise.all(['A', 'B', 'C'].map((name) => patch(place, { name, version: 1 })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409])
    expect(answers.find((answer) => answer.status === 409)?.body).toMatchObject({
      code: 'VERSION_CONFLICT',
      version: 2,
    })
  })

  it('refuses unknown halls, halls of another venue, and everybody but administrators', async () => {
    const [place, other] = [await makeHall(service), await makeHall(service)]
    const unknown = '01890000-0000-7000-8000-000000000000'
    expect((await patch({ ...place, hallId: unknown }, { name: 'x' })).body.code).toBe('HALL_NOT_FOUND')
    expect((await patch({ ...place, venueId: other.venueId }, { name: 'x' })).body.code).toBe('HALL_NOT_FOUND')
    expect((await patch(place, { name: 'x' }, 'user')).status).toBe(403)
  })
})

describe('PUT /venues/{id}/halls/{hallId}', () => {
  it('replaces the hall, and refuses what is incomplete', async () => {
    const place = await makeHall(service)
    const replaced = await put(place, { name: 'New', capacity: 4, seatTemplate: oneRow })
    expect(replaced.body).toMatchObject({ name: 'New', capacity: 4, version: 2 })
    expect(await hallsOf(place)).toMatchObject([{ name: 'New', capacity: 4 }])
    expect((await put(place, { name: 'New', capacity: 4 })).body.code).toBe('VALIDATION_FAILED')
  })
})
