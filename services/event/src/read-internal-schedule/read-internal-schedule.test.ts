import { internalScheduleSchema } from '@ticket-queue/contracts/http/event'
import { describe, expect, it } from 'vitest'
import { makeEvent, schedulePlan, seatsOf } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const read = (id: string) => service.internal(`/internal/schedules/${id}`)

describe('GET /internal/schedules/{id}', () => {
  it('gives what the contract says, with seats counted', async () => {
    const { eventId, scheduleId } = await makeEvent(service)
    const [seat] = await seatsOf(service, scheduleId)
    await service.database.db
      .updateTable('seats')
      .set({ status: 'SOLD', reservation_id: '01890000-0000-7000-8000-000000000001' })
      .where('id', '=', String(seat?.id))
      .execute()
    const schedule = await read(scheduleId)
    expect(internalScheduleSchema.strict().parse(schedule.body)).toMatchObject({
      eventId,
      status: 'ONGOING',
      eventStatus: 'OPEN',
      seatsTotal: 10,
      seatsSold: 1,
      saleOpen: true,
    })
  })

  it('sells neither before the sale, nor after it, nor what is in preparation', async () => {
    for (const [event, options] of [
      ['before', { schedules: [schedulePlan({ saleStart: 1 })] }],
      ['after', { schedules: [schedulePlan({ saleStart: -9, saleEnd: -1 })] }],
      ['in preparation', { publish: false }],
    ] as const) {
      const { scheduleId } = await makeEvent(service, {
        ...options,
        schedules: [...('schedules' in options ? options.schedules : [schedulePlan()])],
      })
      expect((await read(scheduleId)).body.saleOpen, event).toBe(false)
    }
  })

  it('gives 404 for what is unknown, and 401 without a service key', async () => {
    const unknown = await read('01890000-0000-7000-8000-000000000000')
    expect([unknown.status, unknown.body.code]).toEqual([404, 'SCHEDULE_NOT_FOUND'])
    const refused = await service.internalApp.inject({
      url: '/internal/schedules/01890000-0000-7000-8000-000000000000',
    })
    expect(refused.statusCode).toBe(401)
  })
})
