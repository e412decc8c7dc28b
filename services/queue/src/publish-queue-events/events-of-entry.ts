import { type EventType, events } from '@ticket-queue/contracts/events'
import type { LogEntry } from '@ticket-queue/lua/queue'
import { v5 as uuidv5 } from 'uuid'
import { z } from 'zod'

type QueueEventType = Extract<EventType, `Queue${string}`>

/** An event as it travels, its payload checked against the contract. */
export type QueueEvent = z.infer<(typeof events)[QueueEventType]['schema']>

/** What happened, and to whom or what: one event for each. */
type Happening = { readonly type: QueueEventType; readonly userId?: string; readonly facts: object }

/** The name space of event IDs of queues; another one would make all events new. */
const eventNamespace = '6f0d9c1e-2f5b-4f7e-9a53-0a7c2f0d6b18'

const listSchema = z.string().transform((text) => text.split(','))
const numbersSchema = listSchema.transform((parts) => parts.map(Number))
const textsSchema = z.record(z.string(), z.string())

/**
 * Gives the events of one entry of a queue's log (lua/queue/README.md), in order; null for an entry of a kind unknown here. An
 * entry always gives the same events with the same IDs, so that a consumer recognises what is published again. Throws a ZodError
 * for an entry that does not say what its kind has to.
 */
export function eventsOfEntry(scheduleId: string, { id, fields }: LogEntry): QueueEvent[] | null {
  const happenings = happeningsOf[fields['k'] ?? '']?.(fields)
  if (happenings === undefined) return null
  const timestamp = new Date(Number.parseInt(id, 10)).toISOString()
  return happenings.map(({ type, userId, facts }, index) => {
    const envelope = {
      eventId: uuidv5(`${scheduleId}/${id}/${index}`, eventNamespace),
      eventType: type,
      aggregateId: scheduleId,
      aggregateType: 'Queue',
      version: 1,
      timestamp,
      metadata: { correlationId: `${scheduleId}/${id}`, causationId: null, userId: userId ?? null },
      payload: { scheduleId, ...(userId === undefined ? {} : { userId }), ...facts },
    }
    return events[type].schema.parse(envelope)
  })
}

type Fields = LogEntry['fields']

/** The same event for each user of the entry; `facts` may give each of them something of their own. */
const forEach =
  (type: QueueEventType, facts: (fields: Fields) => (index: number) => object) =>
  (fields: Fields): Happening[] => {
    const factsOf = facts(fields)
    return listSchema.parse(fields['u']).map((userId, index) => ({ type, userId, facts: factsOf(index) }))
  }

const nothing = () => () => ({})
const placed =
  (extra: object = {}) =>
  (fields: Fields) => {
    const places = numbersSchema.parse(fields['s'])
    return (index: number) => ({ place: places[index], ...extra })
  }
const one =
  (type: QueueEventType, facts: (fields: Fields) => object = () => ({})) =>
  (fields: Fields): Happening[] => [{ type, facts: { by: fields['by'], ...facts(fields) } }]

const happeningsOf: Record<string, (fields: Fields) => Happening[]> = {
  epoch: ({ e, lost }) => [{ type: 'QueueEpochBegan', facts: { epoch: Number(e), afterLoss: lost === '1' } }],
  joined: forEach('QueueJoined', placed({ restored: false })),
  restored: forEach('QueueJoined', placed({ restored: true })),
  admitted: forEach('QueueAdmitted', placed()),
  expired: forEach('QueueExpired', nothing),
  left: forEach('QueueLeft', ({ inside }) => () => ({ from: inside === '1' ? 'INSIDE' : 'QUEUE' })),
  ended: forEach('QueueLeft', () => () => ({ from: 'TOKEN_ENDED' })),
  'no-show': forEach('QueueNoShow', nothing),
  paused: one('QueuePaused'),
  resumed: one('QueueResumed'),
  config: one('QueueReconfigured', ({ changes, cause }) => ({ cause: cause ?? null, changes: changesOf(changes) })),
  closed: one('QueueClosed', ({ reason }) => ({ reason })),
  opened: one('QueueReopened'),
  'draw-closed': ({ draw, n, digest, s }) => [
    {
      type: 'QueueDrawClosed',
      facts: { drawId: draw, count: Number(n), rosterDigest: digest, closedAtPlace: Number(s) },
    },
  ],
  drawn: ({ draw, n }) => [{ type: 'QueueDrawn', facts: { drawId: draw, count: Number(n) } }],
  'draw-published': one('QueueDrawPublished', ({ draw }) => ({ drawId: draw })),
  'draw-voided': one('QueueDrawVoided', ({ draw, reason }) => ({ drawId: draw, reason })),
}

/** Each field stands in the entry with the text of its JSON. */
const changesOf = (text: string | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(textsSchema.parse(JSON.parse(text ?? ''))).map(([field, value]) => [field, JSON.parse(value)]),
  )
