import type { TicketFacts } from '@ticket-queue/lua/queue'
import { z } from 'zod'
import { createSignedTexts, type SigningKeys } from './signed-text.ts'

const owner = { scheduleId: z.uuid(), userId: z.uuid() }
const moment = z.int().nonnegative()

/** v 1: the place `score` (µs) held in `epoch` (µs), told `at` (unix ms of Redis). */
const payloadSchema = z.strictObject({ v: z.literal(1), ...owner, epoch: moment, score: moment, at: moment })

interface Owner {
  readonly scheduleId: string
  readonly userId: string
}

/** Signs and reads the places that people carry with them, so that a queue Redis has lost comes back in its order. */
export interface PlaceTickets {
  sign(owner: Owner, facts: TicketFacts): string
  /** What a ticket says, or null if we have not signed it for this user and this schedule. */
  read(owner: Owner, ticket: string): TicketFacts | null
}

/** The tickets signed with these keys. */
export function createPlaceTickets(keys: SigningKeys): PlaceTickets {
  const texts = createSignedTexts(keys)
  return {
    sign: ({ scheduleId, userId }, { epochUs, scoreUs, atMs }) =>
      texts.sign({ v: 1, scheduleId, userId, epoch: epochUs, score: scoreUs, at: atMs }),
    read: ({ scheduleId, userId }, ticket) => {
      const { data } = payloadSchema.safeParse(texts.read(ticket))
      if (data?.scheduleId !== scheduleId || data.userId !== userId) return null
      return { epochUs: data.epoch, scoreUs: data.score, atMs: data.at }
    },
  }
}
