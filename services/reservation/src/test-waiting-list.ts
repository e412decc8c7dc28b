import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { EntryAnswer } from './domain/describe-entry.ts'
import { expireHolds } from './expire-holds/expire-holds.ts'
import { passOnSeats } from './pass-on-seats/pass-on-seats.ts'
import { asPerson } from './test-buyers.ts'
import { hallOfRows, type TestSchedule } from './test-neighbours.ts'
import { paymentSuccess, type testReservationService } from './test-reservation-service.ts'

type Service = Awaited<ReturnType<typeof testReservationService>>
type Grade = NonNullable<EntryAnswer['grade']>

interface SoldTicket {
  readonly grade?: Grade
  readonly seats?: number
}

interface OwnedTicket {
  readonly reservationId: string
  readonly userId: string
  readonly seatIds: string[]
}

const seatsPerRow = 4

/** What people who wait, and owners of tickets, do to a reservation service. */
export const waitingListOf = (service: Service) => {
  const { app, db, deps, neighbours, makeOverdue, begin, deliver } = service

  /** A schedule sold out, with a waiting list; each ticket is the first seats of a row of its own. */
  const soldOut = async (tickets: readonly SoldTicket[] = [{}], facts: Partial<TestSchedule['facts']> = {}) => {
    const hall = hallOfRows(tickets.length, seatsPerRow, (row) => tickets[row - 1]?.grade ?? 'S')
    const release = { policy: 'WAITING_LIST' as const, at: null }
    const rules = { perPersonMax: null, avoidOrphans: false, release }
    const schedule = neighbours.addSchedule(hall, { rules, ...facts })
    for (const { ordinal } of hall) schedule.sold.add(ordinal)
    const owned: OwnedTicket[] = []
    for (const [row, { seats = 1 }] of tickets.entries())
      owned.push(await sell(schedule, hall.slice(row * seatsPerRow, row * seatsPerRow + seats)))
    const ticket = (n = 0): OwnedTicket => {
      const found = owned[n]
      if (!found) throw new Error(`there is no ticket ${n}`)
      return found
    }
    return { schedule, ...schedule.facts, ticket }
  }
  const sell = async ({ facts }: TestSchedule, seats: TestSchedule['seats']): Promise<OwnedTicket> => {
    const [userId, reservationId] = [uuidv7(), uuidv7()]
    await sql`
      WITH made AS (
        INSERT INTO reservations (id, user_id, event_id, event_schedule_id, status, total_amount, event_title, artist,
          venue_name, hall_name, event_start_at, hold_expires_at, payment_id, payment_started_at, confirmed_at, ticket_number)
        VALUES (${reservationId}::uuid, ${userId}::uuid, ${facts.eventId}::uuid, ${facts.scheduleId}::uuid, 'CONFIRMED',
          ${seats.reduce((sum, seat) => sum + seat.price, 0)}::bigint, 't', 'a', 'v', 'h', now() + interval '60 days', now(),
          uuidv7(), now(), now(), ${reservationId}) RETURNING id
      )
      INSERT INTO reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
      SELECT made.id, ${facts.scheduleId}::uuid, seat.id, seat."seatNumber", seat.grade, seat.price
      FROM made, jsonb_to_recordset(${JSON.stringify(seats)}::jsonb) AS seat (id uuid, "seatNumber" text, grade text, price bigint)
      ORDER BY seat.id`.execute(db)
    return { reservationId, userId, seatIds: seats.map((seat) => seat.id) }
  }
  const giveBack = async ({ reservationId, userId }: OwnedTicket) => {
    const answer = await service.cancel({ headers: asPerson(userId) }, reservationId)
    if (answer.statusCode !== 200) throw new Error(`giving back was answered ${answer.body}`)
  }

  const join = (userId: string, scheduleId: string, wish: { grade?: Grade | null; count?: number } = {}) =>
    app.inject({
      method: 'POST',
      url: '/reservations/waiting-list',
      headers: asPerson(userId),
      payload: { scheduleId, ...wish },
    })
  /** Somebody new who waits. */
  const waiting = async (
    scheduleId: string,
    wish: { grade?: Grade | null; count?: number } = {},
    userId = uuidv7(),
  ): Promise<EntryAnswer & { userId: string }> => {
    const answer = await join(userId, scheduleId, wish)
    if (answer.statusCode !== 201) throw new Error(`joining was answered ${answer.body}`)
    return { ...answer.json<EntryAnswer>(), userId }
  }
  const call = (method: 'POST' | 'DELETE', userId: string, path: string) =>
    app.inject({ method, url: `/reservations/waiting-list/${path}`, headers: asPerson(userId) })
  const leave = ({ userId, entryId }: { userId: string; entryId: string }) => call('DELETE', userId, entryId)
  const accept = ({ userId, entryId }: { userId: string; entryId: string }) => call('POST', userId, `${entryId}/accept`)
  /** The person's place as it is now. */
  const placeOf = async ({ userId, entryId }: { userId: string; entryId: string }): Promise<EntryAnswer> => {
    const answer = await app.inject({ url: '/reservations/waiting-list?size=100', headers: asPerson(userId) })
    const place = answer.json<{ list: EntryAnswer[] }>().list.find((one) => one.entryId === entryId)
    if (!place) throw new Error(`place ${entryId} is not listed: ${answer.body}`)
    return place
  }
  /** What has been offered to somebody. */
  const offerOf = async (who: { userId: string; entryId: string }) => {
    const { offer } = await placeOf(who)
    if (!offer) throw new Error(`nothing is offered in ${who.entryId}`)
    return offer
  }
  /** Until nothing is left to be passed on. */
  const passOn = async (scheduleId: string) => {
    while ((await passOnSeats(deps, scheduleId)) > 0);
  }
  /** Lets the time of an offer be over, and sweeps. */
  const lapse = async (reservationId: string) => {
    await makeOverdue(reservationId)
    while ((await expireHolds(deps)) > 0);
  }
  /** Pays an offer from begin to end. */
  const buy = async (who: { userId: string; entryId: string; scheduleId: string }) => {
    const { reservationId, seats, totalAmount } = await offerOf(who)
    const paymentId = uuidv7()
    const began = await begin(reservationId, { paymentId, userId: who.userId, amount: totalAmount })
    if (!began.json<{ granted: boolean }>().granted) throw new Error(`begin-payment was answered ${began.body}`)
    const held = { reservationId, seats, totalAmount, status: 'PENDING', holdExpiresAt: '', paymentToken: '' }
    await deliver(paymentSuccess(who, { ...held, paymentTokenExpiresAt: '' }, paymentId))
    return reservationId
  }
  /** Seats that everybody may hold. */
  const freeIn = async ({ facts, seats }: TestSchedule): Promise<string[]> => {
    const { rows } = await sql<{ seat_id: string }>`
      SELECT seat_id FROM reservation_seats WHERE schedule_id = ${facts.scheduleId}::uuid AND active`.execute(db)
    const taken = new Set(rows.map((row) => row.seat_id))
    const known = await sql<{ seat_id: string }>`
      SELECT DISTINCT seat_id FROM reservation_seats WHERE schedule_id = ${facts.scheduleId}::uuid`.execute(db)
    const sold = new Set(known.rows.map((row) => row.seat_id))
    return seats.map((seat) => seat.id).filter((id) => sold.has(id) && !taken.has(id))
  }
  return { soldOut, giveBack, join, waiting, leave, accept, placeOf, offerOf, passOn, lapse, buy, freeIn }
}
