import { describe, expect, it } from 'vitest'
import { makeEvent, outboxOf, schedulePlan, seatsOf } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const post = (eventId: string, body: object) =>
  service.call('POST', `/events/${eventId}/schedules`, { as: 'admin', body })

describe('POST /events/{id}/schedules', () => {
  it('adds a schedule with its seats, at the prices of the first one, and announces it', async () => {
    const { eventId } = await makeEvent(service)
    const added = await post(eventId, schedulePlan({ playSequence: 2, saleStart: 24 }))
    expect(added.status).toBe(201)
    expect(added.body).toMatchObject({ playSequence: 2, status: 'UPCOMING', soldOut: false })
    const seats = await seatsOf(service, added.body.id)
    expect(seats.map((seat) => seat.price)).toEqual([...Array(6).fill(150_000), ...Array(4).fill(90_000)])
    const [announced] = await outboxOf(service, 'ScheduleUpdated', added.body.id)
    expect(announced).toMatchObject({ key: added.body.id, payload: { eventId, seatsLeft: 10, status: 'UPCOMING' } })
  })

  it('is seen at once by readers who had the event before', async () => {
    const { eventId } = await makeEvent(service)
    await service.call('GET', `/events/${eventId}`)
    await post(eventId, { ...schedulePlan({ playSequence: 2 }), prices: { VIP: 1, S: 2 } })
    const event = await service.call('GET', `/events/${eventId}`)
    expect(event.body.schedules).toHaveLength(2)
    expect((await service.call('GET', `/events/${eventId}/schedules`)).body).toEqual(event.body.schedules)
  })

  it('gives a sequence number once, also when two ask for it together', async () => {
    const { eventId } = await makeEvent(service)
    const answers = await Promise.all([1, 2, 3].map(() => post(eventId, schedulePlan({ playSequence: 2 }))))
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409])
    expect(answers.find((answer) => answer.status === 409)?.body.code).toBe('PLAY_SEQUENCE_TAKEN')
  })

  it('refuses unknown and cancelled events, wrong prices and times', async () => {
    const { eventId } = await makeEvent(service)
    const unknown = await post('01890000-0000-7000-8000-000000000000', schedulePlan({ playSequence: 2 }))
    expect(unknown.body.code).toBe('EVENT_NOT_FOUND')
    const prices = await post(eventId, { ...schedulePlan({ playSequence: 2 }), prices: { VIP: 1 } })
    expect(prices.body.errors[0].path).toBe('prices.S')
    expect((await post(eventId, schedulePlan({ playSequence: 2, end: 1 }))).status).toBe(400)
    await service.call('POST', `/events/${eventId}/cancel`, { as: 'admin' })
    expect((await post(eventId, schedulePlan({ playSequence: 2 }))).body.code).toBe('EVENT_CANCELLED')
  })
})
