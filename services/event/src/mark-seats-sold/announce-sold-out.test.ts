import { inTransaction } from '@ticket-queue/database'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { makeEvent, outboxOf, seatsOf } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'
import { newReservationId, paymentSuccess, reservationCancelled, reservationConfirmed } from '../test-sales.ts'
import { changeSeats } from './change-seats.ts'

const service = await testEventService()

/** An event of ten seats with five reservations of two seats each. */
async function fiveSales() {
  const { eventId, scheduleId } = await makeEvent(service)
  const ids = (await seatsOf(service, scheduleId)).map((seat) => seat.id)
  const sales = [0, 2, 4, 6, 8].map((from) => ({
    reservationId: newReservationId(),
    scheduleId,
    seatIds: ids.slice(from, from + 2),
  }))
  return { eventId, scheduleId, sales }
}
const seatsLeftTold = async (scheduleId: string) =>
  (await outboxOf(service, 'ScheduleUpdated', scheduleId)).slice(1).map((message) => message.payload['seatsLeft'])

const sessionsWaiting = async () => {
  const { rows } = await sql`
    select from pg_locks
    where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`.execute(service.database.db)
  return rows.length
}

describe('a schedule that sells out', () => {
  it('is told once when the last seats go together, and again when the first come back', async () => {
    const { scheduleId, sales } = await fiveSales()
    await Promise.all(sales.map((sale) => service.deliver('payment', paymentSuccess(sale))))
    expect(await seatsLeftTold(scheduleId)).toEqual([0])
    await Promise.all(sales.slice(0, 2).map((sale) => service.deliver('reservation', reservationCancelled(sale))))
    expect(await seatsLeftTold(scheduleId)).toEqual([0, 2])
  })

  it('is told once when all of it is sold in one batch, and that seats are back', async () => {
    const { scheduleId, sales } = await fiveSales()
    const [sale, ...rest] = sales
    if (sale === undefined) throw new Error('five sales were made')
    await service.deliverTogether('payment', [sale, ...rest].map(paymentSuccess))
    expect(await seatsLeftTold(scheduleId)).toEqual([0])
    const next = { ...sale, reservationId: newReservationId() }
    await service.deliverTogether('reservation', [reservationCancelled(sale), reservationConfirmed(next)])
    expect(await seatsLeftTold(scheduleId), 'seats that change hands in one batch were never free').toEqual([0])
    await service.deliverTogether('reservation', [reservationCancelled(next)])
    expect(await seatsLeftTold(scheduleId)).toEqual([0, 2])
  })

  it('is told also when the last two sales do not see each other before they commit', async () => {
    const { scheduleId, sales } = await fiveSales()
    const [lastButOne, last, ...others] = sales
    if (lastButOne === undefined || last === undefined) throw new Error('five sales were made')
    for (const sale of others) await service.deliver('payment', paymentSuccess(sale))
    const mayCommit = Promise.withResolvers<void>()
    const written = Promise.withResolvers<void>()
    const first = inTransaction(service.db, async (trx) => {
      await changeSeats(trx, [{ ...lastButOne, becomes: 'SOLD', cause: { correlationId: 'test' } }])
      written.resolve()
      await mayCommit.promise
    })
    await written.promise
    let settled = false
    const second = service.deliver('payment', paymentSuccess(last)).finally(() => {
      settled = true
    })
    await waitUntil(async () => settled || (await sessionsWaiting()) > 0)
    mayCommit.resolve()
    await Promise.all([first, second])
    expect(await seatsLeftTold(scheduleId)).toEqual([0])
  })

  it('is shown as sold out by event and schedule, also to readers who had them before', async () => {
    const { eventId, scheduleId, sales } = await fiveSales()
    const soldOut = async () => [
      (await service.call('GET', `/events/${eventId}`)).body.schedules[0].soldOut,
      (await service.call('GET', `/events/schedules/${scheduleId}`)).body.soldOut,
    ]
    expect(await soldOut()).toEqual([false, false])
    for (const sale of sales) await service.deliver('payment', paymentSuccess(sale))
    await waitUntil(async () => (await soldOut()).every((shown) => shown === true))
    await service.deliver('reservation', reservationCancelled(sales[0] as (typeof sales)[number]))
    await waitUntil(async () => (await soldOut()).every((shown) => shown === false))
  })
})
