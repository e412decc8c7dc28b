import { idSchema } from '@ticket-queue/contracts/ids'
import { z } from 'zod'

export const letterStatuses = ['OPEN', 'PARKED', 'REPLAYED', 'DISCARDED'] as const

const time = z.iso.datetime({ offset: true })

/** A dead letter as operators see it in a list. */
export const letterSchema = z.object({
  id: idSchema,
  service: z.string().describe('Whose letter it is'),
  consumerGroup: z.string().nullable().describe('Null: the relay of the service could not publish it'),
  topic: z.string(),
  partition: z.int().nullable(),
  offset: z.int().nullable(),
  key: z.string().nullable(),
  eventType: z.string().nullable(),
  status: z.enum(letterStatuses).describe('PARKED: it waits behind an open letter of its key'),
  error: z.string(),
  parkedBehind: z.int().describe('Messages of the same key that wait for this one'),
  pendingOrder: z.enum(['REPLAY', 'DISCARD']).nullable().describe('Ordered and not yet carried out'),
  createdAt: time,
  replayedAt: time.nullable(),
  discardedAt: time.nullable(),
})

export type Letter = z.infer<typeof letterSchema>

/** What is known of a letter. */
export interface LetterFacts {
  readonly id: string
  readonly service: string
  readonly consumer_group: string | null
  readonly topic: string
  readonly partition: number | null
  readonly offset: number | null
  readonly key: string | null
  readonly event_type: string | null
  readonly status: Letter['status']
  readonly error: string
  readonly parked_behind: number
  readonly pending_action: Letter['pendingOrder']
  readonly created_at: Date
  readonly replayed_at: Date | null
  readonly discarded_at: Date | null
}

/** Gives a letter as operators see it. */
export const describeLetter = (row: LetterFacts): Letter => ({
  id: row.id,
  service: row.service.replace(/_svc_user$/, ''),
  consumerGroup: row.consumer_group,
  topic: row.topic,
  partition: row.partition,
  offset: row.offset,
  key: row.key,
  eventType: row.event_type,
  status: row.status,
  error: row.error,
  parkedBehind: row.parked_behind,
  pendingOrder: row.pending_action,
  createdAt: row.created_at.toISOString(),
  replayedAt: row.replayed_at?.toISOString() ?? null,
  discardedAt: row.discarded_at?.toISOString() ?? null,
})
