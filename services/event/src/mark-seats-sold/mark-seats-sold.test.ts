import { PermanentError } from '@ticket-queue/messaging'
import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { makeEvent, seatsOf } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'
import {
  newReservationId,
  paymentSuccess,
  reservationCancelled,
  reservationConfirmed,
  seatsReleased,
} from '../test-sales.ts'

const service = await testEventService()

async function makeSale(ordinals = [0, 1], scheduleId?: string) {
  const schedule = scheduleId ?? (await makeEvent(service)).scheduleId
  const seats = await seatsOf(service, schedule)
  const seatIds = seats.filter((seat) => ordinals.includes(seat.ordinal)).map((seat) => seat.id)
  return { reservationId: newReservationId(), scheduleId: schedule, seatIds }
}
/** Which reservation has each seat of a schedule, in ordinal order. */
const ownersOf = async (scheduleId: string) => {
  const seats = await seatsOf(service, scheduleId)
  return seats.map((seat) => (seat.status === 'SOLD' ? seat.reservation_id : null))
}
const soldTo = (reservationId: string | null, ordinals = [0, 1]) =>
  Array.from({ length: 10 }, (_, ordinal) => (ordinals.includes(ordinal) ? reservationId : null))

describe('seats follow payments and reservations', () => {
  it('sells the seats of a paid reservation and no others', async () => {
    const sale = await makeSale()
    expect(await service.deliver('payment', paymentSuccess(sale))).toBe('applied')
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId))
    const status = await service.internal(`/internal/seats/status/${sale.scheduleId}`)
    expect(status.body.soldSeatIds).toEqual(sale.seatIds)
  })

  it('applies an event once, however often and from however many sides it comes', async () => {
    const sale = await makeSale()
    const event = paymentSuccess(sale)
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => service.deliver('payment', event)))
    expect(outcomes.sort()).toEqual(['applied', 'repeated', 'repeated', 'repeated'])
    await service.deliver('reservation', reservationConfirmed(sale))
    await service.deliver('payment', paymentSuccess(sale))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId))
  })

  it('sells on the confirmation alone when it comes before the payment', async () => {
    const sale = await makeSale()
    await service.deliver('reservation', reservationConfirmed(sale))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId))
  })

  it('confirms a reservation that has its seats without touching them: whoever has locked them holds nothing up', async () => {
    const sale = await makeSale()
    await service.deliver('payment', paymentSuccess(sale))
    await service.db.transaction().execute(async (trx) => {
      await sql`select from seats where id = any(${sale.seatIds}::uuid[]) for update`.execute(trx)
      expect(await service.deliver('reservation', reservationConfirmed(sale))).toBe('applied')
    })
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId))
    // That it is confirmed is kept: an end as of an unpaid one does not free the seats any more.
    await service.deliver('reservation', reservationCancelled({ ...sale, wasConfirmed: false }))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId))
  })

  it('frees the seats of a cancelled reservation', async () => {
    const sale = await makeSale()
    await service.deliver('payment', paymentSuccess(sale))
    await service.deliver('reservation', reservationCancelled(sale))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
  })

  it('does not sell on a payment or confirmation that comes after the cancellation', async () => {
    const sale = await makeSale()
    await service.deliver('reservation', reservationCancelled(sale))
    await service.deliver('payment', paymentSuccess(sale))
    await service.deliver('reservation', reservationConfirmed(sale))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
  })

  it('does not sell a cancelled reservation when both events come at the same moment', async () => {
    for (const _round of Array(10)) {
      const sale = await makeSale()
      await Promise.all([
        service.deliver('payment', paymentSuccess(sale)),
        service.deliver('reservation', reservationCancelled(sale)),
        service.deliver('reservation', reservationConfirmed(sale)),
      ])
      expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
    }
  })

  it('sells what ended unpaid on its confirmation alone, not on late money, in every order (decision 0023)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2] as const, { minLength: 2 }), async (told) => {
        const sale = await makeSale()
        const lapsed = reservationCancelled({ ...sale, wasConfirmed: false })
        const events = [paymentSuccess(sale), lapsed, reservationConfirmed(sale)] as const
        for (const index of told) await service.deliver(index === 0 ? 'payment' : 'reservation', events[index])
        expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(told.includes(2) ? sale.reservationId : null))
      }),
      { numRuns: 12 },
    )
  })

  it('gives a seat to the later reservation, whose payment overtook the cancellation of the earlier', async () => {
    const earlier = await makeSale()
    const later = await makeSale([1, 2], earlier.scheduleId)
    await service.deliver('payment', paymentSuccess(earlier))
    await service.deliver('payment', paymentSuccess(later))
    await service.deliver('reservation', reservationConfirmed(earlier))
    await service.deliver('reservation', reservationCancelled(earlier))
    expect(await ownersOf(earlier.scheduleId)).toEqual(soldTo(later.reservationId, [1, 2]))
  })

  it('ends the same in every order in which the two reservations of a seat can be told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), async (order) => {
        const earlier = await makeSale()
        const later = await makeSale([0, 1], earlier.scheduleId)
        const tell = [
          () => service.deliver('payment', paymentSuccess(earlier)),
          () => service.deliver('reservation', reservationConfirmed(earlier)),
          () => service.deliver('reservation', reservationCancelled(earlier)),
          () => service.deliver('payment', paymentSuccess(later)),
          () => service.deliver('reservation', reservationConfirmed(later)),
        ]
        for (const index of order) await tell[index]?.()
        expect(await ownersOf(earlier.scheduleId)).toEqual(soldTo(later.reservationId))
      }),
      { numRuns: 20 },
    )
  })

  it('ends the same however the news of four reservations is cut into batches, whatever their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        async (order, cuts) => {
          const first = await makeSale()
          const second = await makeSale([1, 2], first.scheduleId)
          const third = await makeSale([0, 1], first.scheduleId)
          const alone = await makeSale([8, 9], first.scheduleId)
          const events = [
            paymentSuccess(first),
            reservationCancelled(first),
            paymentSuccess(second),
            reservationCancelled(second),
            paymentSuccess(third),
            reservationConfirmed(third),
            reservationConfirmed(alone),
            paymentSuccess(alone),
          ]
          const batches: (typeof events)[] = [[]]
          for (const [place, index] of order.entries()) {
            if (cuts[place]) batches.push([])
            batches.at(-1)?.push(...events.slice(index, index + 1))
          }
          for (const batch of batches) await service.deliverTogether('reservation', batch)
          const [a, b] = [third.reservationId, alone.reservationId]
          expect(await ownersOf(first.scheduleId)).toEqual([a, a, null, null, null, null, null, null, b, b])
        },
      ),
      { numRuns: 30 },
    )
  })

  it('does not deadlock when many batches of both groups share reservations and seats', async () => {
    const { scheduleId } = await makeEvent(service)
    const sales = await Promise.all(
      Array.from({ length: 30 }, (_, index) => makeSale([index % 10, (index * 3 + 1) % 10], scheduleId)),
    )
    const lanes = Array.from({ length: 6 }, (_, lane) => sales.slice(lane * 5, lane * 5 + 5))
    await Promise.all(
      lanes.flatMap((lane) => [
        service.deliverTogether('payment', lane.map(paymentSuccess)),
        service.deliverTogether('reservation', lane.toReversed().map(reservationConfirmed)),
      ]),
    )
    await Promise.all(lanes.map((lane) => service.deliverTogether('reservation', lane.map(reservationCancelled))))
    expect(await ownersOf(scheduleId)).toEqual(soldTo(null))
  })

  it('refuses a batch with one event about foreign seats as a whole, so that each is tried alone', async () => {
    const sale = await makeSale()
    const foreign = await makeSale([0])
    const wrong = { ...sale, reservationId: newReservationId(), seatIds: foreign.seatIds }
    const batch = [paymentSuccess(sale), paymentSuccess(wrong)]
    await expect(service.deliverTogether('payment', batch)).rejects.toThrow(PermanentError)
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
  })

  it('refuses for good an event about seats that the schedule has not, and changes nothing', async () => {
    const sale = await makeSale()
    const foreign = await makeSale([0])
    const wrong = { ...sale, seatIds: [...sale.seatIds, ...foreign.seatIds] }
    await expect(service.deliver('payment', paymentSuccess(wrong))).rejects.toThrow(PermanentError)
    const unknown = { ...sale, scheduleId: '01890000-0000-7000-8000-000000000000' }
    await expect(service.deliver('reservation', reservationCancelled(unknown))).rejects.toThrow(PermanentError)
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
    await service.deliver('payment', paymentSuccess(sale))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId))
  })

  it('does not deadlock when many reservations claim overlapping seats at once', async () => {
    const { scheduleId } = await makeEvent(service)
    const sales = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        makeSale([index % 10, (index * 3 + 1) % 10, (index * 7 + 2) % 10], scheduleId),
      ),
    )
    await Promise.all(sales.map((sale) => service.deliver('payment', paymentSuccess(sale))))
    await Promise.all(sales.map((sale) => service.deliver('reservation', reservationCancelled(sale))))
    expect(await ownersOf(scheduleId)).toEqual(soldTo(null))
  })
})

describe('seats that come back later', () => {
  const withheld = (sale: Awaited<ReturnType<typeof makeSale>>, seatIds = sale.seatIds) =>
    reservationCancelled({ ...sale, withheldSeatIds: seatIds })

  it('stay SOLD when their reservation is cancelled, and are free once they are released, each by itself', async () => {
    const sale = await makeSale([0, 1, 2])
    await service.deliver('payment', paymentSuccess(sale))
    await service.deliver('reservation', withheld(sale, sale.seatIds.slice(0, 2)))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId))
    await service.deliver('reservation', seatsReleased({ ...sale, seatIds: sale.seatIds.slice(1, 2) }))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(sale.reservationId, [0]))
    await service.deliver('reservation', seatsReleased({ ...sale, seatIds: sale.seatIds.slice(0, 1) }))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
  })

  it('do not end a sell-out before they are released', async () => {
    const sale = await makeSale([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await service.deliver('payment', paymentSuccess(sale))
    const updates = async () => {
      const told = await service.db
        .selectFrom('outbox_events')
        .select(sql<number>`(payload #>> '{payload,seatsLeft}')::int`.as('seatsLeft'))
        .where('aggregate_id', '=', sale.scheduleId)
        .where('event_type', '=', 'ScheduleUpdated')
        .orderBy('seq')
        .execute()
      return told.map((row) => row.seatsLeft)
    }
    const soldOut = await updates()
    await service.deliver('reservation', withheld(sale))
    expect((await service.internal(`/internal/schedules/${sale.scheduleId}`)).body).toMatchObject({ seatsSold: 10 })
    expect(await updates()).toEqual(soldOut)
    await service.deliver('reservation', seatsReleased({ ...sale, seatIds: sale.seatIds.slice(0, 1) }))
    expect(await updates()).toEqual([...soldOut, 1])
  })

  it('are free for good: a payment told late does not sell them again', async () => {
    const sale = await makeSale()
    await service.deliver('reservation', reservationConfirmed(sale))
    await service.deliver('reservation', withheld(sale))
    await service.deliver('reservation', seatsReleased(sale))
    await service.deliver('reservation', seatsReleased(sale))
    await service.deliver('payment', paymentSuccess(sale))
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
  })

  it('are free again after an offer that was taken and given back, also when both are told in one batch', async () => {
    const sale = await makeSale()
    const offer = await makeSale([0, 1], sale.scheduleId)
    await service.deliver('payment', paymentSuccess(sale))
    await service.deliver('reservation', withheld(sale))
    await service.deliverTogether('reservation', [reservationConfirmed(offer), reservationCancelled(offer)])
    expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(null))
  })

  it('end the same in every order in which they can be told: free after an offer that lapsed, sold after one that was taken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), fc.boolean(), async (order, isTaken) => {
        const sale = await makeSale()
        const offer = await makeSale([0, 1], sale.scheduleId)
        const tell = [
          () => service.deliver('payment', paymentSuccess(sale)),
          () => service.deliver('reservation', reservationConfirmed(sale)),
          () => service.deliver('reservation', withheld(sale)),
          () => service.deliver('reservation', isTaken ? reservationConfirmed(offer) : withheld(offer)),
          () =>
            isTaken
              ? service.deliver('payment', paymentSuccess(offer))
              : service.deliver('reservation', seatsReleased(sale)),
        ]
        for (const index of order) await tell[index]?.()
        expect(await ownersOf(sale.scheduleId)).toEqual(soldTo(isTaken ? offer.reservationId : null))
      }),
      { numRuns: 30 },
    )
  })
})
