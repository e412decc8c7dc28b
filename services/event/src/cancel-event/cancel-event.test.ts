import { describe, expect, it } from 'vitest'
import { makeEvent, outboxOf, schedulePlan } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const cancel = (eventId: string, body?: object, as: 'admin' | 'user' = 'admin') =>
  service.call('POST', `/events/${eventId}/cancel`, { as, ...(body === undefined ? {} : { body }) })

describe('POST /events/{id}/cancel', () => {
  it('cancels the event and tells of each schedule, once', async () => {
    const schedules = [schedulePlan(), schedulePlan({ playSequence: 2, start: 744 })]
    const { eventId } = await makeEvent(service, { schedules })
    const answers = await Promise.all([cancel(eventId, { reason: 'The singer is ill' }), cancel(eventId)])
    for (const answer of answers) expect([answer.status, answer.body.status]).toEqual([200, 'CANCELLED'])
    expect((await cancel(eventId)).status).toBe(200)
    const event = await service.call('GET', `/events/${eventId}`)
    for (const schedule of event.body.schedules) {
      expect(schedule.status).toBe('CANCELLED')
      const messages = await outboxOf(service, 'EventCancelled', schedule.id)
      expect(messages).toHaveLength(1)
      expect(messages[0]).toMatchObject({ key: schedule.id, payload: { eventId, scheduleId: schedule.id } })
    }
  })

  it('is seen at once by readers who had the event before', async () => {
    const { eventId, scheduleId } = await makeEvent(service)
    const urls = ['/events?size=100', `/events/${eventId}`, `/events/schedules/${scheduleId}`]
    const [list, event, schedule] = urls as [string, string, string]
    for (const url of urls) await service.call('GET', url)
    await cancel(eventId)
    expect((await service.call('GET', event)).body.status).toBe('CANCELLED')
    expect((await service.call('GET', schedule)).body).toMatchObject({ status: 'CANCELLED', saleOpen: false })
    const listed = (await service.call('GET', list)).body.list.find((each: { id: string }) => each.id === eventId)
    expect(listed.status).toBe('CANCELLED')
    expect((await service.internal(`/internal/schedules/${scheduleId}`)).body).toMatchObject({
      status: 'CANCELLED',
      eventStatus: 'CANCELLED',
      saleOpen: false,
    })
  })

  it('leaves shows that are over as they are', async () => {
    const over = schedulePlan({ saleStart: -100, saleEnd: -60, start: -50 })
    const { eventId, scheduleId } = await makeEvent(service, { schedules: [over, schedulePlan({ playSequence: 2 })] })
    const cancelled = await cancel(eventId)
    expect(cancelled.body.schedules.map((schedule: { status: string }) => schedule.status)).toEqual([
      'ENDED',
      'CANCELLED',
    ])
    expect(await outboxOf(service, 'EventCancelled', scheduleId)).toHaveLength(0)
  })

  it('refuses unknown events, events that are over, and everybody but administrators', async () => {
    expect((await cancel('01890000-0000-7000-8000-000000000000')).body.code).toBe('EVENT_NOT_FOUND')
    const { eventId } = await makeEvent(service, {
      schedules: [schedulePlan({ saleStart: -100, saleEnd: -60, start: -50 })],
    })
    const ended = await cancel(eventId)
    expect([ended.status, ended.body.code]).toEqual([409, 'EVENT_ENDED'])
    expect((await cancel(eventId, {}, 'user')).status).toBe(403)
    expect((await cancel(eventId, { reason: '' })).status).toBe(400)
  })
})
