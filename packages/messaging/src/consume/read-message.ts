import {
  type AnyEnvelope,
  anyEnvelopeSchema,
  asPublishedNow,
  type Contract,
  events,
} from '@ticket-queue/contracts/events'
import type { z } from 'zod'
import { PermanentError } from '../errors.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'

/** A message from Kafka as a consumer group sees it. */
export type Incoming =
  | { readonly kind: 'event'; readonly event: OutgoingEvent }
  | { readonly kind: 'unhandled'; readonly eventType: string }
  | { readonly kind: 'broken'; readonly eventType: string; readonly error: PermanentError }

/**
 * Parses the value of a message. An event that the group has no handler for is left alone whatever its payload and version;
 * one that it handles must match its contract, where fields unknown here are accepted and dropped, values unknown here are read as
 * the contract says, and an earlier major version is brought up to the one that handlers know.
 */
export function readMessage(
  value: Buffer | null,
  handled: ReadonlySet<string>,
  contracts: Readonly<Record<string, Contract>> = events,
): Incoming {
  const json = parseJson(value)
  if (json instanceof PermanentError) return { kind: 'broken', eventType: 'unknown', error: json }
  const envelope = anyEnvelopeSchema.safeParse(json)
  if (!envelope.success) return broken('unknown', 'the envelope does not match', envelope.error)
  const { eventType } = envelope.data
  const contract = contracts[eventType]
  if (!handled.has(eventType) || contract === undefined) return { kind: 'unhandled', eventType }
  const known = upgraded(envelope.data, contract)
  if (known instanceof PermanentError) return { kind: 'broken', eventType, error: known }
  const parsed = contract.schema.safeParse(known)
  if (!parsed.success) return broken(eventType, `${eventType} does not match its contract`, parsed.error)
  return { kind: 'event', event: parsed.data as OutgoingEvent }
}

/** A payload that its upgrade cannot read is at fault itself. */
function upgraded(envelope: AnyEnvelope, contract: Contract): unknown {
  try {
    return asPublishedNow(envelope, contract)
  } catch (cause) {
    return new PermanentError(`version ${envelope.version} cannot be brought up to date`, { cause })
  }
}

function parseJson(value: Buffer | null): unknown {
  if (value === null) return new PermanentError('the message has no value')
  try {
    return JSON.parse(value.toString('utf8'))
  } catch (cause) {
    return new PermanentError('the value is not JSON', { cause })
  }
}

/** Names the fields at fault without their values, which may be personal data. */
function broken(eventType: string, what: string, cause: z.ZodError): Incoming {
  const fields = cause.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', ')
  return { kind: 'broken', eventType, error: new PermanentError(`${what}: ${fields}`, { cause }) }
}
