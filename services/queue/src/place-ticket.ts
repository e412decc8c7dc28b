import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { TicketFacts } from '@ticket-queue/lua/queue'
import { z } from 'zod'

const owner = { scheduleId: z.uuid(), userId: z.uuid() }
const moment = z.int().nonnegative()

/** v 1: the place `score` (µs) held in `epoch` (µs), told `at` (unix ms of Redis). */
const payloadSchema = z.strictObject({ v: z.literal(1), ...owner, epoch: moment, score: moment, at: moment })

/** Keys of tickets by name, the one that signs first. */
export type TicketKeys = readonly { readonly id: string; readonly secret: Buffer }[]

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

/** A ticket is `base64url(payload).base64url(HMAC-SHA256)`. The first key signs, every key verifies, so that keys can be changed. */
export function createPlaceTickets(keys: TicketKeys): PlaceTickets {
  // A key made once: from a Buffer it would be made again for each ticket, at six times the cost of the HMAC itself.
  const secrets = keys.map(({ secret }) => createSecretKey(secret))
  const [signing] = secrets
  if (signing === undefined) throw new Error('there is no key to sign tickets with')
  return {
    sign: ({ scheduleId, userId }, { epochUs, scoreUs, atMs }) => {
      const payload = { v: 1, scheduleId, userId, epoch: epochUs, score: scoreUs, at: atMs }
      const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
      return `${body}.${macOf(signing, body)}`
    },
    read: ({ scheduleId, userId }, ticket) => {
      const [body = '', mac = '', ...rest] = ticket.split('.')
      if (rest.length > 0 || !secrets.some((secret) => isSame(macOf(secret, body), mac))) return null
      const { data } = payloadSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()))
      if (data?.scheduleId !== scheduleId || data.userId !== userId) return null
      return { epochUs: data.epoch, scoreUs: data.score, atMs: data.at }
    },
  }
}

const macOf = (secret: KeyObject, body: string): string => createHmac('sha256', secret).update(body).digest('base64url')

/** Compared as text: several texts decode to the same bytes, and only one of them is ours. */
const isSame = (ours: string, theirs: string): boolean => {
  const [one, other] = [Buffer.from(ours), Buffer.from(theirs)]
  return one.length === other.length && timingSafeEqual(one, other)
}
