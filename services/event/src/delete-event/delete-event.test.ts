import { describe, expect, it } from 'vitest'
import { settleMs } from '../store/lock-event.ts'
import { makeEvent, makeHall, outboxOf, schedulePlan, seatsOf } from '../test-catalogue.ts'
import { editWhileLocked, moveSaleStart, saleStartPassed } from '../test-edits.ts'
import { testEventService } from '../test-event-service.ts'
import { newReservationId, paymentSuccess, reservationCancelled } from '../test-sales.ts'

const service = await testEventService()
const remove = (eventId: string, query = '', as: 'admin' | 'user' = 'admin') =>
  service.call('DELETE', `/events/${eventId}${query}`, { as })
const coming = () => makeEvent(service, { schedules: [schedulePlan({ saleStart: 2 })] })
const sell = async (scheduleId: string) => {
  const [seat] = await seatsOf(service, scheduleId)
  const sale = { reservationId: newReservationId(), scheduleId, seatIds: [String(seat?.id)] }
  await service.deliver('payment', paymentSuccess(sale))
  return sale
}

describe('DELETE /events/{id}', () => {
  it('takes an event out of every answer, keeps its rows, and tells that its schedules are off', async () => {
    const { eventId, scheduleId } = await coming()
    const urls = [`/events/${eventId}`, `/events/schedules/${scheduleId}`, `/events/schedules/${scheduleId}/seats`]
    for (const url of [...urls, '/events?size=100']) await service.call('GET', url)
    expect((await remove(eventId)).status).toBe(204)
    for (const as of ['nobody', 'admin'] as const) {
      for (const url of urls.slice(0, 2)) expect((await service.call('GET', url, { as })).status, url).toBe(404)
      const { list } = (await service.call('GET', '/events?size=100', { as })).body
      expect(list.map((each: { id: string }) => each.id)).not.toContain(eventId)
    }
    expect((await service.replica().call('GET', String(urls[2]))).status).toBe(404)
    expect((await service.internal(`/internal/schedules/${scheduleId}`)).status).toBe(404)
    expect(await seatsOf(service, scheduleId)).toHaveLength(10)
    const told = (await outboxOf(service, 'ScheduleUpdated', scheduleId)).at(-1)
    expect(told?.payload['status']).toBe('CANCELLED')
  })

  it('is done once, also when two ask together, and nothing can be done with the event afterwards', async () => {
    const { eventId, scheduleId } = await coming()
    const answers = await Promise.all([remove(eventId), remove(eventId)])
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, 404])
    const as = 'admin'
    expect((await service.call('POST', `/events/${eventId}/publish`, { as })).status).toBe(404)
    expect((await service.call('PATCH', `/events/${eventId}`, { as, body: { title: 'x' } })).status).toBe(404)
    const body = { saleEndAt: schedulePlan().saleEndAt }
    expect((await service.call('PATCH', `/events/schedules/${scheduleId}`, { as, body })).status).toBe(404)
  })

  it('refuses while a seat is sold, also of a cancelled event until it is refunded', async () => {
    const { eventId, scheduleId } = await makeEvent(service)
    const sale = await sell(scheduleId)
    const refused = await remove(eventId)
    expect([refused.status, refused.body.code]).toEqual([409, 'HAS_RESERVATIONS'])
    await service.call('POST', `/events/${eventId}/cancel`, { as: 'admin' })
    expect((await remove(eventId)).body.code).toBe('HAS_RESERVATIONS')
    await service.deliver('reservation', reservationCancelled(sale))
    expect((await remove(eventId)).status).toBe(204)
  })

  it('refuses while a sale is under way although nothing is sold: somebody may hold seats', async () => {
    const { eventId } = await makeEvent(service)
    const refused = await remove(eventId)
    expect([refused.status, refused.body.code]).toEqual([409, 'SALE_STARTED'])
    expect((await service.call('GET', `/events/${eventId}`)).status).toBe(200)
  })

  it('takes an event in preparation, a cancelled one and one that is over without a sale', async () => {
    const preparing = await makeEvent(service, { publish: false })
    const cancelled = await makeEvent(service)
    await service.call('POST', `/events/${cancelled.eventId}/cancel`, { as: 'admin' })
    const over = await makeEvent(service, { schedules: [schedulePlan({ saleStart: -9, saleEnd: -8, start: -7 })] })
    for (const { eventId } of [preparing, cancelled, over]) expect((await remove(eventId)).status).toBe(204)
  })

  it('refuses when the sale starts while the request waits', async () => {
    const { eventId, scheduleId } = await coming()
    const answer = await editWhileLocked(
      service,
      { table: 'events', id: eventId },
      () => remove(eventId),
      async () => {
        await moveSaleStart(service, scheduleId, settleMs + 200)
        await saleStartPassed(service, scheduleId, settleMs)
      },
    )
    expect([answer.status, answer.body.code]).toEqual([409, 'SALE_STARTED'])
  })

  it('refuses another version, unknown events, and everybody but administrators', async () => {
    const { eventId } = await coming()
    expect((await remove(eventId, '?version=99')).body.code).toBe('VERSION_CONFLICT')
    expect((await remove(eventId, '?version=x')).status).toBe(400)
    expect((await remove('01890000-0000-7000-8000-000000000000')).body.code).toBe('EVENT_NOT_FOUND')
    expect((await remove(eventId, '', 'user')).status).toBe(403)
  })

  it('frees the hall that it used', async () => {
    const place = await makeHall(service)
    const { eventId } = await makeEvent(service, { place, schedules: [schedulePlan({ saleStart: 2 })] })
    const url = `/venues/${place.venueId}/halls/${place.hallId}`
    expect((await service.call('DELETE', url, { as: 'admin' })).body.code).toBe('HALL_IN_USE')
    await remove(eventId)
    expect((await service.call('DELETE', url, { as: 'admin' })).status).toBe(204)
  })
})
