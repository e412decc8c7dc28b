import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { moveStatus } from '../move-status/move-status.ts'
import { settleMs } from '../store/lock-event.ts'
import { hoursFromNow, makeEvent, outboxOf, schedulePlan, seatsOf } from '../test-catalogue.ts'
import { editWhileLocked, moveSaleStart, saleStartPassed } from '../test-edits.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const patch = (scheduleId: string, body: object, as: 'admin' | 'user' = 'admin') =>
  service.call('PATCH', `/events/schedules/${scheduleId}`, { as, body })
const read = async (id: string) => (await service.call('GET', `/events/schedules/${id}`, { as: 'admin' })).body
const coming = () => makeEvent(service, { schedules: [schedulePlan({ saleStart: 2 })] })
const codesOf = (answer: { body: { errors: { path: string; code: string }[] } }) =>
  answer.body.errors.map((error) => `${error.path} ${error.code}`)

describe('PATCH /events/schedules/{id} before its sale has started', () => {
  it('moves the show and its sale, tells of it, and readers see it at once', async () => {
    const { eventId, scheduleId } = await coming()
    for (const url of [`/events/${eventId}`, `/events/schedules/${scheduleId}`]) await service.call('GET', url)
    const { playSequence: _sequence, ...times } = schedulePlan({ saleStart: 5, start: 900 })
    const changed = await patch(scheduleId, { ...times, playSequence: 3 })
    expect(changed.body).toMatchObject({ id: scheduleId, ...times, playSequence: 3, status: 'UPCOMING', version: 2 })
    expect((await service.call('GET', `/events/schedules/${scheduleId}`)).body).toEqual(changed.body)
    expect((await service.call('GET', `/events/${eventId}`)).body.schedules).toMatchObject([times])
    const told = (await outboxOf(service, 'ScheduleUpdated', scheduleId)).at(-1)
    expect(told?.payload).toMatchObject({ saleStartAt: times.saleStartAt, eventStartAt: times.eventStartAt })
  })

  it('changes its own prices and those of its seats, not those of other schedules', async () => {
    const schedules = [schedulePlan({ saleStart: 2 }), schedulePlan({ playSequence: 2, saleStart: 2, start: 744 })]
    const { eventId, scheduleId } = await makeEvent(service, { schedules })
    const second = (await service.call('GET', `/events/${eventId}`)).body.schedules[1].id
    expect((await patch(second, { prices: { VIP: 10, S: 5 } })).body.prices).toEqual({ VIP: 10, S: 5 })
    expect((await seatsOf(service, second)).map((seat) => seat.price)).toEqual([
      ...Array(6).fill(10),
      ...Array(4).fill(5),
    ])
    expect((await seatsOf(service, scheduleId))[0]?.price).toBe(150_000)
    const internal = await service.internal(`/internal/schedules/${second}/seats`)
    expect(internal.body.seats[0].price).toBe(10)
  })

  it('opens the sale when its start is moved to now, and the status follows', async () => {
    const { scheduleId } = await coming()
    const changed = await patch(scheduleId, { saleStartAt: hoursFromNow(-0.01) })
    expect(changed.body).toMatchObject({ status: 'ONGOING', saleOpen: true })
    await moveStatus(service, { correlationId: randomUUID() })
    expect((await read(scheduleId)).status).toBe('ONGOING')
  })

  it('is UPCOMING again when an event in preparation is given a later sale', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { publish: false })
    await moveStatus(service, { correlationId: randomUUID() })
    expect((await read(scheduleId)).status).toBe('ONGOING')
    expect((await patch(scheduleId, { saleStartAt: hoursFromNow(5) })).body.status).toBe('UPCOMING')
    await service.call('POST', `/events/${eventId}/publish`, { as: 'admin' })
    await moveStatus(service, { correlationId: randomUUID() })
    expect((await service.call('GET', `/events/${eventId}`)).body.status).toBe('UPCOMING')
  })

  it('refuses times in disorder or past, wrong prices, a sequence number that is taken, and changes nothing', async () => {
    const schedules = [schedulePlan({ saleStart: 2 }), schedulePlan({ playSequence: 2, saleStart: 2, start: 744 })]
    const { scheduleId } = await makeEvent(service, { schedules })
    const before = [await read(scheduleId), await seatsOf(service, scheduleId)]
    expect(codesOf(await patch(scheduleId, { saleEndAt: hoursFromNow(1) }))).toEqual(['saleEndAt CUSTOM'])
    expect(codesOf(await patch(scheduleId, { eventEndAt: hoursFromNow(719) }))).toEqual(['eventEndAt CUSTOM'])
    const past = { saleStartAt: hoursFromNow(-9), saleEndAt: hoursFromNow(-8), eventStartAt: hoursFromNow(-7) }
    expect(codesOf(await patch(scheduleId, past))).toEqual(['eventStartAt IN_THE_PAST'])
    expect(codesOf(await patch(scheduleId, { prices: { VIP: 1, B: 1 } }))).toEqual([
      'prices.S REQUIRED',
      'prices.B UNKNOWN_GRADE',
    ])
    expect((await patch(scheduleId, { playSequence: 2 })).body.code).toBe('PLAY_SEQUENCE_TAKEN')
    for (const body of [{}, { version: 1 }, { status: 'ENDED' }, { saleEndAt: 'soon' }, { playSequence: 0 }]) {
      expect((await patch(scheduleId, body)).status, JSON.stringify(body)).toBe(400)
    }
    expect([await read(scheduleId), await seatsOf(service, scheduleId)]).toEqual(before)
  })

  it('refuses unknown schedules and everybody but administrators', async () => {
    const { scheduleId } = await coming()
    const later = { saleEndAt: hoursFromNow(300) }
    expect((await patch('01890000-0000-7000-8000-000000000000', later)).body.code).toBe('SCHEDULE_NOT_FOUND')
    expect((await patch(scheduleId, later, 'user')).status).toBe(403)
  })
})

describe('PATCH /events/schedules/{id} once its sale has started', () => {
  it('lets the sale end later, not earlier', async () => {
    const { scheduleId } = await makeEvent(service, { schedules: [schedulePlan({ saleEnd: 100 })] })
    expect((await patch(scheduleId, { saleEndAt: hoursFromNow(200) })).body).toMatchObject({
      saleOpen: true,
      version: 2,
    })
    const earlier = await patch(scheduleId, { saleEndAt: hoursFromNow(50) })
    expect([earlier.status, earlier.body.code, codesOf(earlier)]).toEqual([409, 'SALE_STARTED', ['saleEndAt FIXED']])
  })

  it('opens a sale again that was over', async () => {
    const { scheduleId } = await makeEvent(service, { schedules: [schedulePlan({ saleStart: -9, saleEnd: -1 })] })
    expect((await patch(scheduleId, { saleEndAt: hoursFromNow(200) })).body.saleOpen).toBe(true)
  })

  it('moves the show only with an announcement, which everybody can read', async () => {
    const { eventId, scheduleId } = await makeEvent(service)
    const times = { eventStartAt: hoursFromNow(900), eventEndAt: hoursFromNow(903) }
    const silent = await patch(scheduleId, times)
    expect([silent.body.code, codesOf(silent)]).toEqual([
      'SALE_STARTED',
      ['eventStartAt ANNOUNCEMENT_REQUIRED', 'eventEndAt ANNOUNCEMENT_REQUIRED'],
    ])
    const announcement = 'The show moves by a week: the hall is not ready.'
    expect((await patch(scheduleId, { ...times, announcement })).body).toMatchObject(times)
    const event = (await service.call('GET', `/events/${eventId}`)).body
    expect(event.announcements).toMatchObject([{ scheduleId, text: announcement }])
    expect((await outboxOf(service, 'ScheduleUpdated', scheduleId)).at(-1)?.payload).toMatchObject(times)
  })

  it('lets a show that moves forward take the end of its sale with it', async () => {
    const { scheduleId } = await makeEvent(service)
    const forward = { eventStartAt: hoursFromNow(100), saleEndAt: hoursFromNow(99), announcement: 'A week earlier.' }
    expect((await patch(scheduleId, forward)).status).toBe(200)
  })

  it('refuses prices, start of sale and sequence number, announced or not, and changes nothing', async () => {
    const { eventId, scheduleId } = await makeEvent(service)
    const before = [await read(scheduleId), await seatsOf(service, scheduleId)]
    const change = { prices: { VIP: 1, S: 1 }, saleStartAt: hoursFromNow(5), playSequence: 4, announcement: 'Cheaper!' }
    const refused = await patch(scheduleId, change)
    expect([refused.status, refused.body.code]).toEqual([409, 'SALE_STARTED'])
    expect(codesOf(refused)).toEqual(['playSequence FIXED', 'saleStartAt FIXED', 'prices FIXED'])
    expect([await read(scheduleId), await seatsOf(service, scheduleId)]).toEqual(before)
    expect((await service.call('GET', `/events/${eventId}`)).body.announcements).toEqual([])
  })

  it('still changes a schedule of the same event whose sale is to come', async () => {
    const schedules = [schedulePlan(), schedulePlan({ playSequence: 2, saleStart: 3, start: 744 })]
    const { eventId } = await makeEvent(service, { schedules })
    const second = (await service.call('GET', `/events/${eventId}`)).body.schedules[1].id
    expect((await patch(second, { prices: { VIP: 10, S: 5 }, saleStartAt: hoursFromNow(9) })).status).toBe(200)
  })

  it('refuses everything of a cancelled event and of a show that is over', async () => {
    const { eventId, scheduleId } = await makeEvent(service)
    await service.call('POST', `/events/${eventId}/cancel`, { as: 'admin' })
    expect((await patch(scheduleId, { saleEndAt: hoursFromNow(719.5) })).body.code).toBe('EVENT_CANCELLED')
    const over = schedulePlan({ saleStart: -100, saleEnd: -60, start: -50 })
    const two = await makeEvent(service, { schedules: [over, schedulePlan({ playSequence: 2 })] })
    expect((await patch(two.scheduleId, { eventEndAt: hoursFromNow(9) })).body.code).toBe('EVENT_ENDED')
  })
})

describe('edits of a schedule at the same moment', () => {
  it('of one version: one is made, the others learn the present version', async () => {
    const { scheduleId } = await coming()
    const answers = await Promise.all(
      [300, 301, 302].map((hours) => patch(scheduleId, { saleEndAt: hoursFromNow(hours), version: 1 })),
    )
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409])
    expect(answers.find((answer) => answer.status === 409)?.body).toMatchObject({
      code: 'VERSION_CONFLICT',
      version: 2,
    })
  })

  it('is refused when the sale starts while the edit waits', async () => {
    const { eventId, scheduleId } = await coming()
    const answer = await editWhileLocked(
      service,
      { table: 'events', id: eventId },
      () => patch(scheduleId, { saleStartAt: hoursFromNow(5) }),
      async () => {
        await moveSaleStart(service, scheduleId, settleMs + 200)
        await saleStartPassed(service, scheduleId, settleMs)
      },
    )
    expect([answer.status, answer.body.code]).toEqual([409, 'SALE_STARTED'])
  })

  it('is refused, and nothing is changed, when the sale starts while the edit is at work', async () => {
    const { scheduleId } = await coming()
    const [seat] = await seatsOf(service, scheduleId)
    await moveSaleStart(service, scheduleId, settleMs + 2000)
    const answer = await editWhileLocked(
      service,
      { table: 'seats', id: String(seat?.id) },
      () => patch(scheduleId, { prices: { VIP: 7, S: 3 } }),
      () => saleStartPassed(service, scheduleId, settleMs),
    )
    expect([answer.status, answer.body.code]).toEqual([409, 'SALE_STARTED'])
    expect((await seatsOf(service, scheduleId))[0]?.price).toBe(150_000)
  })

  it('with the job that moves statuses: both come to an end', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => coming()))
    const edits = made.map(({ scheduleId }) => patch(scheduleId, { saleStartAt: hoursFromNow(-0.01) }))
    const jobs = Array.from({ length: 8 }, () => moveStatus(service, { correlationId: randomUUID() }))
    await Promise.all(jobs)
    expect((await Promise.all(edits)).map((answer) => answer.status)).toEqual(Array(8).fill(200))
    for (const { scheduleId } of made) expect((await read(scheduleId)).status).toBe('ONGOING')
  })
})
