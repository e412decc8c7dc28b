import type { z } from 'zod'
import type { AnyEnvelope } from './envelope.ts'
import type { Topic } from './topics.ts'

/** What is agreed on for one event type. */
export interface Contract {
  readonly topic: Topic
  /** The event as it is published now: its major version is a literal of the schema. */
  readonly schema: z.ZodType & {
    readonly shape: { readonly version: z.ZodLiteral<number>; readonly payload: z.ZodObject }
  }
  /**
   * What is read in place of a value that an enumeration of the payload does not know yet: a value may be added within a major
   * version, so who does not know it must be able to go on.
   */
  readonly unknownValues?: Readonly<Record<string, string>>
  /** Earlier major versions that are still accepted: each with what makes a payload one of the next version. */
  readonly upgrades?: Readonly<Record<number, (payload: unknown) => unknown>>
}

/**
 * Gives an envelope of any accepted major version as one of the version that is published now, to be parsed with its schema. One of
 * another version is given back as it came, and does not match the schema.
 */
export function asPublishedNow(envelope: AnyEnvelope, contract: Contract): unknown {
  const { version: accepted, payload: expected } = contract.schema.shape
  let { version, payload } = envelope
  for (;;) {
    const upgrade = version < accepted.value ? contract.upgrades?.[version] : undefined
    if (upgrade === undefined) break
    payload = upgrade(payload)
    version += 1
  }
  if (version !== accepted.value) return envelope
  return { ...envelope, version, payload: withKnownValues(payload, expected, contract.unknownValues ?? {}) }
}

function withKnownValues(payload: unknown, expected: z.ZodObject, unknownValues: Readonly<Record<string, string>>) {
  if (typeof payload !== 'object' || payload === null) return payload
  const read: Record<string, unknown> = { ...payload }
  for (const [field, value] of Object.entries(unknownValues)) {
    const isUnknown = typeof read[field] === 'string' && !expected.shape[field]?.safeParse(read[field]).success
    if (isUnknown) read[field] = value
  }
  return read
}
