import { describe, expect, it } from 'vitest'
import { makeEvent, outboxOf } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const publish = (eventId: string, as: 'admin' | 'user' = 'admin') =>
  service.call('POST', `/events/${eventId}/publish`, { as })

describe('POST /events/{id}/publish', () => {
  it('shows the event, its schedule and its seats to everybody from then on', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { publish: false })
    const urls = [`/events/${eventId}`, `/events/schedules/${scheduleId}`, `/events/schedules/${scheduleId}/seats`]
    for (const url of urls) expect((await service.call('GET', url)).status).toBe(404)
    const published = await publish(eventId)
    expect([published.status, published.body.status]).toEqual([200, 'ONGOING'])
    for (const url of urls) expect((await service.call('GET', url)).status).toBe(200)
  })

  it('announces each schedule once, however often it is repeated', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { publish: false })
    const answers = await Promise.all([publish(eventId), publish(eventId), publish(eventId)])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    expect((await publish(eventId)).body.status).toBe('ONGOING')
    expect(await outboxOf(service, 'ScheduleUpdated', scheduleId)).toHaveLength(1)
  })

  it('refuses unknown and cancelled events and everybody but administrators', async () => {
    expect((await publish('01890000-0000-7000-8000-000000000000')).body.code).toBe('EVENT_NOT_FOUND')
    const { eventId } = await makeEvent(service)
    await service.call('POST', `/events/${eventId}/cancel`, { as: 'admin' })
    expect((await publish(eventId)).body.code).toBe('EVENT_CANCELLED')
    expect((await publish(eventId, 'user')).status).toBe(403)
  })
})
