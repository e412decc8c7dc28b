import type { Kysely } from 'kysely'
import { describeReservation, type ReservationAnswer } from '../domain/describe-reservation.ts'
import type { Database } from '../store/database.ts'
import { ownersFacts, seatsOf } from '../store/reservations.ts'

export interface ListReservationsDeps {
  readonly db: Kysely<Database>
}

export interface ReservationPage {
  readonly list: ReservationAnswer[]
  readonly page: number
  readonly size: number
  readonly totalElements: number
}

/** One page of a person's reservations, newest first (RSV-009); `page` counts from 0. */
export async function listReservations(
  deps: ListReservationsDeps,
  input: { userId: string; page: number; size: number },
): Promise<ReservationPage> {
  const mine = deps.db.selectFrom('reservations').where('user_id', '=', input.userId)
  const [rows, counted] = await Promise.all([
    mine
      .selectAll()
      .select(ownersFacts)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(input.size)
      .offset(input.page * input.size)
      .execute(),
    mine.select((count) => count.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  const seats = await seatsOf(
    deps.db,
    rows.map((row) => row.id),
  )
  const list = rows.map((row) => describeReservation({ ...row, seats: seats.get(row.id) ?? [] }))
  return { list, page: input.page, size: input.size, totalElements: Number(counted.total) }
}
