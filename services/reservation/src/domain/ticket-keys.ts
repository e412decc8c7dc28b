import { createPrivateKey, sign } from 'node:crypto'
import {
  type TicketFacts,
  type TicketPublicKey,
  ticketKeySetSchema,
  ticketMessage,
  writeTicketCode,
} from '@ticket-queue/contracts/ticket'
import { z } from 'zod'

const publicKeySchema = ticketKeySetSchema.shape.keys.element
const privateKeySchema = publicKeySchema.extend({ d: z.base64url().length(43) })

/** TICKET_SIGNING_KEYS: the first key signs; later ones are only published, and may have lost their private part. */
export const ticketSigningKeysSchema = z
  .object({ keys: z.tuple([privateKeySchema], z.union([privateKeySchema, publicKeySchema])) })
  .refine(({ keys }) => new Set(keys.map((key) => key.kid)).size === keys.length, 'kid must be unique')

export interface TicketKeys {
  /** The code of these facts, signed with the first key. */
  readonly sign: (facts: TicketFacts) => string
  /** The public halves of all keys, the signing one first. */
  readonly publicKeys: readonly TicketPublicKey[]
}

/** Throws for a first key whose halves do not belong together. */
export function createTicketKeys({ keys }: z.infer<typeof ticketSigningKeysSchema>): TicketKeys {
  const [{ kty, crv, x, d, kid }] = keys
  const privateKey = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' })
  return {
    sign: (facts) => writeTicketCode(kid, facts, sign(null, ticketMessage(kid, facts), privateKey)),
    publicKeys: keys.map((key) => publicKeySchema.parse(key)),
  }
}
