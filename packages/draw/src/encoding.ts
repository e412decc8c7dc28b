import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** Names the protocol in every hash and every file; another encoding anywhere is another version (docs/provable-order.md). */
export const drawVersion = 'ticket-queue draw v1'

type Purpose = 'commitment' | 'entrant' | 'leaf' | 'key' | 'round'

/**
 * The bytes that are hashed for a purpose: `ticket-queue draw v1 <purpose>` and the fields, ASCII, each ended by a line
 * feed. No field may hold a line feed, so two different lists never give the same bytes.
 */
export function encodeLines(purpose: Purpose, fields: readonly (string | number)[]): Buffer {
  const lines = [`${drawVersion} ${purpose}`, ...fields.map(String)]
  for (const line of lines) {
    if (!/^[\x20-\x7e]+$/.test(line)) throw new Error(`A field of a ${purpose} is empty or not printable ASCII`)
  }
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1')
}

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** The key of an HMAC, from hex. Made once for many messages: making it costs five times as much as using it. */
export function hmacKey(hex: string): KeyObject {
  return createSecretKey(hex, 'hex')
}

export function hmacSha256(key: KeyObject, message: Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

/** One JSON text per value: keys sorted, no spaces, as RFC 8785 and `jq -cS` write it. For ASCII strings and safe integers. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
