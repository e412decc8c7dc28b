import { z } from 'zod'

const metadataSchema = z.object({
  correlationId: z.string(),
  causationId: z.string().nullable(),
  userId: z.string().nullable(),
})

/**
 * The shape around every event on Kafka (data.md, Envelope), for one event type and its payload.
 * `version` is the major version of the payload: fields, and values of an enumeration, are only ever added within one.
 */
export const envelopeOf = <Type extends string, Payload extends z.ZodObject>(
  eventType: Type,
  aggregateType: string,
  payload: Payload,
  version = 1,
) =>
  z.object({
    eventId: z.uuid(),
    eventType: z.literal(eventType),
    aggregateId: z.uuid(),
    aggregateType: z.literal(aggregateType),
    version: z.literal(version),
    timestamp: z.iso.datetime({ offset: true }),
    metadata: metadataSchema,
    payload,
  })

/** What any envelope has before its type is known: enough to decide whether a consumer handles it. */
export const anyEnvelopeSchema = z.looseObject({
  eventId: z.uuid(),
  eventType: z.string().min(1),
  aggregateId: z.string().min(1),
  aggregateType: z.string().min(1),
  version: z.int().min(1),
  timestamp: z.iso.datetime({ offset: true }),
  metadata: metadataSchema,
  payload: z.unknown(),
})

export type AnyEnvelope = z.infer<typeof anyEnvelopeSchema>
export type EventMetadata = z.infer<typeof metadataSchema>
