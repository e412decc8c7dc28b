import { randomUUID } from 'node:crypto'
import { createLog } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'
import { describe, expect, it } from 'vitest'
import { hoursFromNow, makeEvent, outboxOf, schedulePlan } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'
import { startMoveStatus } from './move-status.job.ts'
import { moveStatus } from './move-status.ts'

const service = await testEventService()
const move = () => moveStatus(service, { correlationId: randomUUID() })
const statesOf = async (eventId: string) => {
  const { db } = service.database
  const event = await db.selectFrom('events').select('status').where('id', '=', eventId).executeTakeFirstOrThrow()
  const schedules = await db
    .selectFrom('event_schedules')
    .select('status')
    .where('event_id', '=', eventId)
    .orderBy('play_sequence')
    .execute()
  return [event.status, ...schedules.map((schedule) => schedule.status)]
}
/** Lets time pass for one schedule by moving its times. */
const shift = (scheduleId: string, times: { sale_start_at?: string; event_start_at?: string; event_end_at?: string }) =>
  service.database.db.updateTable('event_schedules').set(times).where('id', '=', scheduleId).execute()
const over = { event_start_at: hoursFromNow(-3), event_end_at: hoursFromNow(-1) }

describe('statuses move with time', () => {
  it('from UPCOMING to ONGOING to ENDED, and the event ends with its last schedule', async () => {
    const schedules = [schedulePlan({ saleStart: 1 }), schedulePlan({ playSequence: 2, saleStart: 2, start: 800 })]
    const { eventId, scheduleId } = await makeEvent(service, { schedules })
    const second = (await service.call('GET', `/events/${eventId}`)).body.schedules[1].id
    await move()
    expect(await statesOf(eventId)).toEqual(['OPEN', 'UPCOMING', 'UPCOMING'])
    await shift(scheduleId, { sale_start_at: hoursFromNow(-1) })
    await move()
    expect(await statesOf(eventId)).toEqual(['OPEN', 'ONGOING', 'UPCOMING'])
    await shift(scheduleId, over)
    await move()
    expect(await statesOf(eventId)).toEqual(['OPEN', 'ENDED', 'UPCOMING'])
    await shift(second, over)
    await move()
    expect(await statesOf(eventId)).toEqual(['ENDED', 'ENDED', 'ENDED'])
    const told = await outboxOf(service, 'ScheduleUpdated', scheduleId)
    expect(told.map((message) => message.payload['status'])).toEqual(['UPCOMING', 'ONGOING', 'ENDED'])
  })

  it('once per schedule, however many processes move at the same time', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, () => makeEvent(service, { schedules: [schedulePlan({ saleStart: 1 })] })),
    )
    for (const { scheduleId } of made) await shift(scheduleId, { sale_start_at: hoursFromNow(-1) })
    const moved = (await Promise.all([move(), move(), move(), move()])).flat().map((each) => each.scheduleId)
    expect(moved.filter((id) => made.some((each) => each.scheduleId === id)).sort()).toEqual(
      made.map((each) => each.scheduleId).sort(),
    )
    for (const { scheduleId } of made) expect(await outboxOf(service, 'ScheduleUpdated', scheduleId)).toHaveLength(2)
  })

  it('also of an event published when its shows were over', async () => {
    const schedules = [schedulePlan({ saleStart: -100, saleEnd: -60, start: -50 })]
    const { eventId } = await makeEvent(service, { schedules, publish: false })
    await move()
    expect(await statesOf(eventId)).toEqual(['PREPARING', 'ENDED'])
    await service.call('POST', `/events/${eventId}/publish`, { as: 'admin' })
    await move()
    expect(await statesOf(eventId)).toEqual(['ENDED', 'ENDED'])
  })

  it('leaves cancelled schedules cancelled', async () => {
    const { eventId, scheduleId } = await makeEvent(service)
    await service.call('POST', `/events/${eventId}/cancel`, { as: 'admin' })
    await shift(scheduleId, over)
    await move()
    expect(await statesOf(eventId)).toEqual(['CANCELLED', 'CANCELLED'])
  })

  it('and readers see it at once', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: [schedulePlan({ saleStart: 1 })] })
    expect((await service.call('GET', `/events/${eventId}`)).body.status).toBe('UPCOMING')
    await shift(scheduleId, { sale_start_at: hoursFromNow(-1) })
    await move()
    expect((await service.call('GET', `/events/${eventId}`)).body.status).toBe('ONGOING')
  })

  it('by a job that runs by itself', async () => {
    const job = startMoveStatus({ ...service, log: createLog('event', 'silent') })
    const { eventId, scheduleId } = await makeEvent(service, { schedules: [schedulePlan({ saleStart: 1 })] })
    await shift(scheduleId, { sale_start_at: hoursFromNow(-1) })
    await waitUntil(async () => (await statesOf(eventId))[1] === 'ONGOING')
    await job.close()
  })
})
