import { z } from 'zod'
import {
  readTicketCode,
  type TicketFacts,
  ticketKeyIdPattern,
  ticketSlotAt,
  ticketToleranceSlots,
} from './ticket-code.ts'

/** `GET /reservations/tickets/keys`: RFC 8037 keys, the one that signs first. */
export const ticketKeySetSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.base64url().length(43),
      kid: z.string().regex(ticketKeyIdPattern),
    }),
  ),
})

export type TicketPublicKey = z.infer<typeof ticketKeySetSchema>['keys'][number]

export type TicketVerdict =
  | { readonly ok: true; readonly facts: TicketFacts; readonly keyId: string }
  | {
      readonly ok: false
      readonly refused: 'MALFORMED' | 'UNKNOWN_KEY' | 'SIGNATURE' | 'OTHER_SCHEDULE' | 'EXPIRED' | 'NOT_YET'
    }

/**
 * Judges a ticket code without network or store (RSV-010), on WebCrypto alone, so that it runs in Node, browsers and
 * scanners. `nowMs` is the verifier's time in Unix ms. A code passes in its own slot and in `toleranceSlots` before and
 * after: with 1, a fresh code passes and one that is 90 s old is refused by every clock that is at most 30 s off. That a
 * code was not used before, and that its reservation was not cancelled, only the reservation service can say.
 */
export async function verifyTicketCode(
  code: string,
  terms: {
    readonly publicKeys: readonly TicketPublicKey[]
    readonly nowMs: number
    readonly scheduleId: string
    readonly toleranceSlots?: number
  },
): Promise<TicketVerdict> {
  const { publicKeys, nowMs, scheduleId, toleranceSlots = ticketToleranceSlots } = terms
  const read = readTicketCode(code)
  if (!read) return { ok: false, refused: 'MALFORMED' }
  const { facts, keyId, message, signature } = read
  const publicKey = publicKeys.find(({ kid }) => kid === keyId)
  if (!publicKey) return { ok: false, refused: 'UNKNOWN_KEY' }
  if (!(await isSignedBy(publicKey, message, signature))) return { ok: false, refused: 'SIGNATURE' }
  if (facts.scheduleId !== scheduleId) return { ok: false, refused: 'OTHER_SCHEDULE' }
  const slotsOld = ticketSlotAt(nowMs) - facts.slot
  if (slotsOld > toleranceSlots) return { ok: false, refused: 'EXPIRED' }
  if (slotsOld < -toleranceSlots) return { ok: false, refused: 'NOT_YET' }
  return { ok: true, facts, keyId }
}

async function isSignedBy(
  { kty, crv, x }: TicketPublicKey,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', key, signature, message)
}
