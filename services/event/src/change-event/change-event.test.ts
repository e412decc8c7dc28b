import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { moveStatus } from '../move-status/move-status.ts'
import { settleMs } from '../store/lock-event.ts'
import { makeEvent, makeHall, outboxOf, schedulePlan, seatsOf, smallPrices } from '../test-catalogue.ts'
import { editWhileLocked, moveSaleStart, saleStartPassed } from '../test-edits.ts'
import { testEventService } from '../test-event-service.ts'
import { newReservationId, paymentSuccess } from '../test-sales.ts'

const service = await testEventService()
const patch = (eventId: string, body: object, as: 'admin' | 'user' | 'nobody' = 'admin') =>
  service.call('PATCH', `/events/${eventId}`, { as, body })
const read = async (eventId: string) => (await service.call('GET', `/events/${eventId}`, { as: 'admin' })).body
const coming = () => [schedulePlan({ saleStart: 2 }), schedulePlan({ playSequence: 2, saleStart: 3, start: 744 })]
const otherHall = () => makeHall(service, { sections: [{ name: 'C', grade: 'A', rows: 1, seatsPerRow: 4 }] }, 4)
const pathsOf = (answer: { body: { errors: { path: string }[] } }) => answer.body.errors.map((error) => error.path)

describe('PATCH /events/{id} before any sale has started', () => {
  it('changes what is given and nothing else, and readers see it at once', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: coming() })
    const before = (await service.call('GET', `/events/${eventId}`)).body
    await service.call('GET', '/events?size=100')
    await service.call('GET', `/events/schedules/${scheduleId}`)
    const options = { perPersonMax: 2, release: { policy: 'BATCHED', at: '02:10' } }
    const changed = await patch(eventId, {
      title: 'Encore',
      artist: 'NOVA',
      posterUrl: 'https://p.test/1.png',
      options,
    })
    expect(changed.status).toBe(200)
    expect(changed.body).toEqual({
      ...before,
      title: 'Encore',
      artist: 'NOVA',
      posterUrl: 'https://p.test/1.png',
      rules: { ...before.rules, ...options },
      version: before.version + 1,
    })
    expect((await service.call('GET', `/events/${eventId}`)).body).toEqual(changed.body)
    expect((await service.call('GET', `/events/schedules/${scheduleId}`)).body.eventTitle).toBe('Encore')
    const list = (await service.call('GET', '/events?size=100')).body.list
    expect(list.find((each: { id: string }) => each.id === eventId).title).toBe('Encore')
  })

  it('sets prices in every schedule and on every seat, and tells of it', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: coming() })
    const url = `/events/schedules/${scheduleId}/seats`
    const before = (await service.call('GET', url)).body
    const changed = await patch(eventId, { prices: { VIP: 1000, S: 500 } })
    expect(changed.body.prices).toEqual({ VIP: 1000, S: 500 })
    for (const { id } of changed.body.schedules) {
      const prices = (await seatsOf(service, id)).map((seat) => seat.price)
      expect(prices).toEqual([...Array(6).fill(1000), ...Array(4).fill(500)])
      expect(await outboxOf(service, 'ScheduleUpdated', id)).toHaveLength(2)
    }
    const other = await service.replica().call('GET', url)
    expect(other.body.grades.map((group: { price: number }) => group.price)).toEqual([1000, 500])
    expect(other.body.layoutVersion).toBe(before.layoutVersion + 1)
  })

  it('gives every schedule the seats of another hall, under a new layout version', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: coming() })
    const before = await service.call('GET', `/events/schedules/${scheduleId}/seats`)
    const place = await otherHall()
    const changed = await patch(eventId, { ...place, prices: { A: 7000 } })
    expect(changed.body).toMatchObject({
      venue: { id: place.venueId },
      hall: { id: place.hallId },
      prices: { A: 7000 },
    })
    for (const { id } of changed.body.schedules) {
      const seats = await seatsOf(service, id)
      expect(seats.map((seat) => [seat.ordinal, seat.seat_number, seat.price])).toEqual(
        [1, 2, 3, 4].map((number, ordinal) => [ordinal, `C-01-00${number}`, 7000]),
      )
    }
    const after = await service.replica().call('GET', `/events/schedules/${scheduleId}/seats`)
    expect(after.body.layoutVersion).toBe(before.body.layoutVersion + 1)
    const internal = await service.internal(`/internal/schedules/${scheduleId}`)
    expect(internal.body).toMatchObject({ seatsTotal: 4, layoutVersion: after.body.layoutVersion })
    const [, told] = await outboxOf(service, 'ScheduleUpdated', scheduleId)
    expect(told?.payload['seatsLeft']).toBe(4)
  })

  it('refuses a hall without fitting prices, an unknown hall or venue, a hall elsewhere, and changes nothing', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: coming() })
    const [before, seats] = [await read(eventId), await seatsOf(service, scheduleId)]
    const place = await otherHall()
    const unknown = '01890000-0000-7000-8000-000000000000'
    const unpriced = await patch(eventId, { ...place, title: 'x' })
    expect([unpriced.status, pathsOf(unpriced)]).toEqual([400, ['prices.VIP', 'prices.S', 'prices.A']])
    expect((await patch(eventId, { hallId: unknown })).body.code).toBe('HALL_NOT_FOUND')
    expect((await patch(eventId, { venueId: unknown })).body.code).toBe('VENUE_NOT_FOUND')
    expect((await patch(eventId, { hallId: place.hallId, prices: { A: 1 } })).body.code).toBe('HALL_OF_OTHER_VENUE')
    expect(pathsOf(await patch(eventId, { prices: { VIP: 1 } }))).toEqual(['prices.S'])
    expect([await read(eventId), await seatsOf(service, scheduleId)]).toEqual([before, seats])
  })

  it('never takes away a seat that was sold all the same', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: coming() })
    const [seat] = await seatsOf(service, scheduleId)
    const sale = { reservationId: newReservationId(), scheduleId, seatIds: [String(seat?.id)] }
    await service.deliver('payment', paymentSuccess(sale))
    const refused = await patch(eventId, { ...(await otherHall()), prices: { A: 1 } })
    expect([refused.status, refused.body.code]).toEqual([409, 'HAS_RESERVATIONS'])
    expect(await seatsOf(service, scheduleId)).toHaveLength(10)
  })

  it('is free while the event is in preparation, whatever its sale window says', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { publish: false })
    const changed = await patch(eventId, { ...(await otherHall()), prices: { A: 1 } })
    expect(changed.status).toBe(200)
    expect(await seatsOf(service, scheduleId)).toHaveLength(4)
    expect(await outboxOf(service, 'ScheduleUpdated', scheduleId)).toHaveLength(0)
  })

  it('refuses bad input, unknown fields, an empty change, unknown events, and everybody but administrators', async () => {
    const { eventId } = await makeEvent(service, { schedules: coming() })
    const bad = [
      {},
      { version: 1 },
      { title: ' ' },
      { posterUrl: 'javascript:1' },
      { status: 'OPEN' },
      { prices: { VIP: -1, S: 1 } },
    ]
    for (const body of [...bad, { options: { perPersonMax: 0 } }, { options: { release: { policy: 'BATCHED' } } }]) {
      const refused = await patch(eventId, body)
      expect([refused.status, refused.body.code], JSON.stringify(body)).toEqual([400, 'VALIDATION_FAILED'])
    }
    expect((await patch('01890000-0000-7000-8000-000000000000', { title: 'x' })).body.code).toBe('EVENT_NOT_FOUND')
    expect((await patch(eventId, { title: 'x' }, 'user')).status).toBe(403)
    expect((await patch(eventId, { title: 'x' }, 'nobody')).status).toBe(401)
  })
})

describe('PATCH /events/{id} once one sale has started', () => {
  const onSale = () =>
    makeEvent(service, { schedules: [schedulePlan(), schedulePlan({ playSequence: 2, saleStart: 3, start: 744 })] })

  it('changes texts, poster and orphan rule, and lets the limit per person rise', async () => {
    const { eventId } = await onSale()
    const free = { title: 'T', description: 'D', posterUrl: null, options: { avoidOrphans: true } }
    expect((await patch(eventId, free)).status).toBe(200)
    expect(await read(eventId)).toMatchObject({ title: 'T', description: 'D', rules: { avoidOrphans: true } })
    expect((await patch(eventId, { options: { perPersonMax: 4 } })).body.errors[0].path).toBe('options.perPersonMax')
  })

  it('refuses what buyers have relied on, naming each field, and changes nothing', async () => {
    const { eventId, scheduleId } = await onSale()
    const [before, seats] = [await read(eventId), await seatsOf(service, scheduleId)]
    const place = await otherHall()
    const refused = await patch(eventId, {
      title: 'T',
      artist: 'Someone else',
      ...place,
      prices: { A: 1 },
      options: { perPersonMax: 1, release: { policy: 'WAITING_LIST' } },
    })
    expect([refused.status, refused.body.code]).toEqual([409, 'SALE_STARTED'])
    expect(pathsOf(refused)).toEqual([
      'artist',
      'venueId',
      'hallId',
      'options.perPersonMax',
      'options.release',
      'prices',
    ])
    expect([await read(eventId), await seatsOf(service, scheduleId)]).toEqual([before, seats])
  })

  it('takes what is given but equal for not given', async () => {
    const { eventId, venueId, hallId } = await onSale()
    const same = { artist: 'LUMINA', venueId, hallId, prices: smallPrices, options: { perPersonMax: null } }
    expect((await patch(eventId, { ...same, title: 'T' })).status).toBe(200)
  })

  it('refuses a cancelled and an ended event', async () => {
    const { eventId } = await onSale()
    await service.call('POST', `/events/${eventId}/cancel`, { as: 'admin' })
    expect((await patch(eventId, { title: 'x' })).body.code).toBe('EVENT_CANCELLED')
    const over = await makeEvent(service, { schedules: [schedulePlan({ saleStart: -9, saleEnd: -8, start: -7 })] })
    expect((await patch(over.eventId, { title: 'x' })).body.code).toBe('EVENT_ENDED')
    await moveStatus(service, { correlationId: randomUUID() })
    expect((await patch(over.eventId, { title: 'x' })).body.code).toBe('EVENT_ENDED')
  })
})

describe('edits at the same moment', () => {
  it('of one version: one is made, the other learns the present version', async () => {
    const { eventId } = await makeEvent(service, { schedules: coming() })
    const { version } = await read(eventId)
    const answers = await Promise.all(['A', 'B', 'C'].map((title) => patch(eventId, { title, version })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409])
    const lost = answers.find((answer) => answer.status === 409)
    expect(lost?.body).toMatchObject({ code: 'VERSION_CONFLICT', version: version + 1 })
    const winner = answers.find((answer) => answer.status === 200)
    expect((await read(eventId)).title).toBe(winner?.body.title)
  })

  it('judges the sale by the moment its locks are held, not by the moment it began', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: coming() })
    const before = await seatsOf(service, scheduleId)
    const answer = await editWhileLocked(
      service,
      { table: 'events', id: eventId },
      () => patch(eventId, { prices: { VIP: 1, S: 1 } }),
      async () => {
        await moveSaleStart(service, scheduleId, settleMs + 200)
        await saleStartPassed(service, scheduleId, settleMs)
      },
    )
    expect([answer.status, answer.body.code]).toEqual([409, 'SALE_STARTED'])
    expect(await seatsOf(service, scheduleId)).toEqual(before)
  })

  it('judges it again before the commit: an edit under way is undone when the sale starts', async () => {
    const { eventId, scheduleId } = await makeEvent(service, { schedules: coming() })
    const [before, seats] = [await read(eventId), await seatsOf(service, scheduleId)]
    const place = await otherHall()
    await moveSaleStart(service, scheduleId, settleMs + 1500)
    const answer = await editWhileLocked(
      service,
      { table: 'halls', id: place.hallId },
      () => patch(eventId, { ...place, prices: { A: 1 }, title: 'Moved' }),
      () => saleStartPassed(service, scheduleId, settleMs),
    )
    expect([answer.status, answer.body.code]).toEqual([409, 'SALE_STARTED'])
    expect(await read(eventId)).toMatchObject({ title: before.title, hall: before.hall, version: before.version })
    expect(await seatsOf(service, scheduleId)).toEqual(seats)
  })

  it('lets a hall be changed up to the start of the sale, and never after: all seats are of one hall', async () => {
    const { eventId, scheduleId, ...home } = await makeEvent(service, { schedules: [schedulePlan({ saleStart: 2 })] })
    const away = await otherHall()
    await moveSaleStart(service, scheduleId, settleMs + 700)
    const moves = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? away : home))
    const answers = []
    for (const place of moves) {
      answers.push(await patch(eventId, { ...place, prices: place === away ? { A: 1 } : smallPrices }))
      if (answers.at(-1)?.status === 409) break
    }
    await saleStartPassed(service, scheduleId, settleMs)
    const event = await read(eventId)
    const late = await patch(
      eventId,
      event.hall.id === away.hallId ? { ...home, prices: smallPrices } : { ...away, prices: { A: 1 } },
    )
    expect(late.body.code).toBe('SALE_STARTED')
    expect(await seatsOf(service, scheduleId)).toHaveLength(event.hall.id === away.hallId ? 4 : 10)
  })
})
