import { describe, expect, it } from 'vitest'
import { moveStatus } from '../move-status/move-status.ts'
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

  it('refuses a 51st schedule and an event that is over', async () => {
    const full = await makeEvent(service, {
      schedules: Array.from({ length: 50 }, (_, index) => schedulePlan({ playSequence: index + 1 })),
    })
    const refused = await post(full.eventId, schedulePlan({ playSequence: 51 }))
    expect([refused.status, refused.body.code]).toEqual([409, 'TOO_MANY_SCHEDULES'])

    const over = await makeEvent(service, { schedules: [schedulePlan({ saleStart: -9, saleEnd: -8, start: -7 })] })
    await moveStatus(service, { correlationId: 'test' })
    const ended = await post(over.eventId, schedulePlan({ playSequence: 2 }))
    expect([ended.status, ended.body.code]).toEqual([409, 'EVENT_ENDED'])
    const published = await service.call('POST', `/events/${over.eventId}/publish`, { as: 'admin' })
    expect(published.body.code).toBe('EVENT_ENDED')
  })
})
