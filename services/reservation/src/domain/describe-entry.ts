import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { z } from 'zod'
import type { HeldSeat } from './held-seat.ts'

const time = z.iso.datetime({ offset: true })

/** A place in a waiting list as its owner sees it. */
export const entryAnswerSchema = z.object({
  entryId: z.uuid(),
  scheduleId: z.uuid(),
  eventId: z.uuid(),
  eventTitle: z.string(),
  scheduleDate: time,
  /** Null: any. */
  grade: gradeSchema.nullable(),
  count: z.int(),
  status: z.enum(['WAITING', 'OFFERED', 'TAKEN', 'EXPIRED', 'LEFT', 'CLOSED']),
  /** 1 for who is next among those whose wishes are for the same seats; null once nobody waits here any more. */
  rank: z.int().nullable(),
  joinedAt: time,
  /** What is reserved for the owner, and until when. */
  offer: z
    .object({
      reservationId: z.uuid(),
      seats: z.array(z.object({ seatId: z.uuid(), seatNumber: z.string(), grade: gradeSchema, price: z.int() })),
      totalAmount: z.int(),
      expiresAt: time,
    })
    .nullable(),
})

export type EntryAnswer = z.infer<typeof entryAnswerSchema>

/** An entry with what has been offered to it, if anything has. */
export interface EntryRow {
  readonly id: string
  readonly schedule_id: string
  readonly event_id: string
  readonly event_title: string
  readonly show_starts_at: Date
  readonly grade: EntryAnswer['grade']
  readonly seats_wanted: number
  readonly status: EntryAnswer['status']
  readonly joined_at: Date
  /** How many are before this one; null unless it waits. */
  readonly ahead: number | null
  readonly reservation_id: string | null
  readonly total_amount: number | null
  readonly hold_expires_at: Date | null
  readonly payment_started_at: Date | null
  readonly is_overdue: boolean
  readonly seats: readonly HeldSeat[]
}

/** Whether the seats are still reserved for the owner, by the database's clock. */
export const isOffered = (row: EntryRow): boolean => row.status === 'OFFERED' && !row.is_overdue

/** The public form of an entry. An offer whose time is over is EXPIRED before anybody has cleared it away. */
export function describeEntry(row: EntryRow): EntryAnswer {
  return {
    entryId: row.id,
    scheduleId: row.schedule_id,
    eventId: row.event_id,
    eventTitle: row.event_title,
    scheduleDate: row.show_starts_at.toISOString(),
    grade: row.grade,
    count: row.seats_wanted,
    status: row.status === 'OFFERED' && row.is_overdue ? 'EXPIRED' : row.status,
    rank: row.ahead === null ? null : row.ahead + 1,
    joinedAt: row.joined_at.toISOString(),
    offer: offerOf(row),
  }
}

function offerOf(row: EntryRow): EntryAnswer['offer'] {
  const { reservation_id: reservationId, total_amount: totalAmount, hold_expires_at: expiresAt } = row
  if (!isOffered(row) || reservationId === null || totalAmount === null || expiresAt === null) return null
  return { reservationId, seats: [...row.seats], totalAmount, expiresAt: expiresAt.toISOString() }
}
