import { randomBytes, randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'

type Untyped = Record<never, never>

const insert = async (db: Kysely<Untyped>, table: string, row: Record<string, unknown>): Promise<string> => {
  const columns = sql.join(Object.keys(row).map((column) => sql.id(column)))
  const values = sql.join(Object.values(row))
  const { rows } = await sql<{ key: string }>`
    INSERT INTO ${sql.table(table)} AS inserted (${columns}) VALUES (${values}) RETURNING to_jsonb(inserted) ->> 'id' AS key`.execute(
    db,
  )
  return rows[0]?.key ?? ''
}

const soon = sql`now() + interval '5 minutes'`
const later = sql`now() + interval '2 hours'`

/** A valid row with whatever the test changes; gives its ID. */
export const insertReservation = (db: Kysely<Untyped>, changes: Record<string, unknown> = {}): Promise<string> =>
  insert(db, 'reservation_service.reservations', {
    user_id: randomUUID(),
    event_id: randomUUID(),
    event_schedule_id: randomUUID(),
    total_amount: 198_000,
    event_title: 'First show',
    artist: 'Somebody',
    venue_name: 'KSPO Dome',
    hall_name: 'Main',
    event_start_at: later,
    hold_expires_at: soon,
    ...changes,
  })

/** An active seat of a reservation. */
export const insertReservationSeat = (db: Kysely<Untyped>, changes: Record<string, unknown>): Promise<string> =>
  insert(db, 'reservation_service.reservation_seats', {
    schedule_id: randomUUID(),
    seat_id: randomUUID(),
    seat_number: 'A-1-1',
    grade: 'VIP',
    price: 198_000,
    ...changes,
  })

export const insertTicketConflict = (db: Kysely<Untyped>): Promise<string> =>
  insert(db, 'reservation_service.ticket_conflicts', {
    ticket_number: 'T-7K3M-9QXW-2B4C-8N5R',
    seat_id: randomUUID(),
    schedule_id: randomUUID(),
    reason: 'ALREADY_USED',
    scanned_at: soon,
    scanned_by: randomUUID(),
  })

export const insertWaitingEntry = (db: Kysely<Untyped>, changes: Record<string, unknown> = {}): Promise<string> =>
  insert(db, 'reservation_service.waiting_list_entries', {
    schedule_id: randomUUID(),
    user_id: randomUUID(),
    event_id: randomUUID(),
    event_title: 'First show',
    event_start_at: later,
    seats_wanted: 1,
    ...changes,
  })

export const insertPayment = (db: Kysely<Untyped>, changes: Record<string, unknown> = {}): Promise<string> =>
  insert(db, 'payment_service.payments', {
    reservation_id: randomUUID(),
    user_id: randomUUID(),
    schedule_id: randomUUID(),
    seat_ids: [randomUUID()],
    hold_expires_at: soon,
    payment_key: randomUUID(),
    request_fingerprint: 'fingerprint',
    amount: 198_000,
    portone_payment_id: randomUUID().replaceAll('-', ''),
    ...changes,
  })

export const insertUser = (db: Kysely<Untyped>, changes: Record<string, unknown> = {}): Promise<string> => {
  const email = `${randomUUID()}@ticketing.test`
  return insert(db, 'user_service.users', { email, email_lookup: email, name: 'Fan', ...changes })
}

/** A venue, a hall, an event, a schedule with one price, and a seat of it. */
export const insertSchedule = async (
  db: Kysely<Untyped>,
): Promise<{ eventId: string; scheduleId: string; seatId: string }> => {
  const venue_id = await insert(db, 'event_service.venues', { name: 'KSPO Dome', address: 'Songpa-gu', city: 'Seoul' })
  const hall_id = await insert(db, 'event_service.halls', { venue_id, name: 'Main', capacity: 1, seat_template: '[]' })
  const eventId = await insert(db, 'event_service.events', {
    title: 'First show',
    artist: 'Somebody',
    venue_id,
    hall_id,
  })
  const scheduleId = await insert(db, 'event_service.event_schedules', {
    event_id: eventId,
    play_sequence: 1,
    event_start_at: later,
    event_end_at: sql`now() + interval '4 hours'`,
    sale_start_at: sql`now()`,
    sale_end_at: later,
  })
  await insert(db, 'event_service.schedule_prices', { event_schedule_id: scheduleId, grade: 'VIP', price: 198_000 })
  const seatId = await insert(db, 'event_service.seats', {
    event_schedule_id: scheduleId,
    ordinal: 0,
    section: 'A',
    row_label: '1',
    seat_number: 'A-1-1',
    grade: 'VIP',
    price: 198_000,
    x: 0,
    y: 0,
  })
  await insert(db, 'event_service.seat_sales', { reservation_id: randomUUID(), schedule_id: scheduleId, state: 'SOLD' })
  return { eventId, scheduleId, seatId }
}

/** A committed draw of a pre-queue that opens and closes in the far future. */
export const insertDraw = (db: Kysely<Untyped>, changes: Record<string, unknown> = {}): Promise<string> =>
  insert(db, 'queue_service.draws', {
    schedule_id: randomUUID(),
    committed_at: sql`now()`,
    opens_at: '2100-01-01T11:00:00.000Z',
    closes_at: '2100-01-01T12:00:00.000Z',
    commitment: randomBytes(32).toString('hex'),
    seed: randomBytes(32).toString('hex'),
    salt: randomBytes(32).toString('hex'),
    ...changes,
  })

/** `size` entrants of a draw's roster from an index on. */
export const insertRosterPart = (db: Kysely<Untyped>, draw_id: string, first_index: number, size: number) =>
  insert(db, 'queue_service.draw_roster_parts', { draw_id, first_index, entrant_ids: randomBytes(32 * size) })
