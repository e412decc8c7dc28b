import { readBase45, writeBase45 } from './base45.ts'

/** How long one code is drawn before the next one. */
export const ticketSlotSeconds = 30

/** Slots before and after the verifier's own in which a code passes: 30 s of clock difference either way. */
export const ticketToleranceSlots = 1

/** At most eight characters of a QR code's alphanumeric mode, so that every code fits version 7 at level M. */
export const ticketKeyIdPattern = /^[A-Z0-9-]{1,8}$/

/** What a code says: which ticket, for which seat of which show, in which slot of 30 s since the Unix epoch. */
export interface TicketFacts {
  /** Such as `T-7K3M-9QXW-2B4C-8N5R`; one reservation has one, for up to four seats. */
  readonly ticketNumber: string
  readonly seatId: string
  readonly scheduleId: string
  readonly slot: number
}

/** What is signed, and what a code is read into: see docs/ticket-code.md for the bytes. */
export interface ReadCode {
  readonly keyId: string
  readonly facts: TicketFacts
  readonly message: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

const version = 'TQ1'
const ticketBytes = 10
const uuidBytes = 16
const slotBytes = 4
const factBytes = ticketBytes + 2 * uuidBytes + slotBytes
const signatureBytes = 64
const bodyCharacters = ((factBytes + signatureBytes) / 2) * 3

/** Crockford base 32, as ticket numbers are written. */
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The slot that a moment lies in; `atMs` is Unix time in ms. */
export const ticketSlotAt = (atMs: number): number => Math.floor(atMs / (ticketSlotSeconds * 1000))

/** The bytes that Ed25519 signs: the readable head, so that neither version nor key can be exchanged, then the facts. */
export function ticketMessage(keyId: string, facts: TicketFacts): Uint8Array<ArrayBuffer> {
  return join(headOf(keyId), factsToBytes(facts))
}

/** The code of facts signed under `keyId`: upper case, at most 178 characters, all of a QR code's alphanumeric mode. */
export function writeTicketCode(keyId: string, facts: TicketFacts, signature: Uint8Array): string {
  if (!ticketKeyIdPattern.test(keyId)) throw new Error(`${keyId} is no key ID of a ticket code`)
  if (signature.length !== signatureBytes) throw new Error('a ticket code carries an Ed25519 signature')
  return `${version}:${keyId}:${writeBase45(join(factsToBytes(facts), signature))}`
}

/** The parts of a code, unverified; null for what is none. */
export function readTicketCode(code: string): ReadCode | null {
  const [, keyId = '', body = ''] = /^TQ1:([A-Z0-9-]{1,8}):(.*)$/s.exec(code) ?? []
  const bytes = body.length === bodyCharacters ? readBase45(body) : null
  if (!bytes) return null
  const facts = bytes.slice(0, factBytes)
  return {
    keyId,
    facts: bytesToFacts(facts),
    message: join(headOf(keyId), facts),
    signature: bytes.slice(factBytes),
  }
}

const headOf = (keyId: string): Uint8Array => new TextEncoder().encode(`${version}:${keyId}:`)

function factsToBytes({ ticketNumber, seatId, scheduleId, slot }: TicketFacts): Uint8Array {
  const bytes = new Uint8Array(slotBytes)
  new DataView(bytes.buffer).setUint32(0, slot)
  return join(ticketToBytes(ticketNumber), uuidToBytes(seatId), uuidToBytes(scheduleId), bytes)
}

function bytesToFacts(bytes: Uint8Array): TicketFacts {
  const seatAt = ticketBytes
  const scheduleAt = seatAt + uuidBytes
  const slotAt = scheduleAt + uuidBytes
  return {
    ticketNumber: ticketFrom(bytes.subarray(0, seatAt)),
    seatId: uuidFrom(bytes.subarray(seatAt, scheduleAt)),
    scheduleId: uuidFrom(bytes.subarray(scheduleAt, slotAt)),
    slot: new DataView(bytes.buffer, bytes.byteOffset + slotAt, slotBytes).getUint32(0),
  }
}

function ticketToBytes(ticketNumber: string): Uint8Array {
  const digits = [...ticketNumber.replace(/^T-/, '').replaceAll('-', '')].map((one) => crockford.indexOf(one))
  if (digits.length !== 16 || digits.includes(-1)) throw new Error(`${ticketNumber} is no ticket number`)
  const value = digits.reduce((sum, digit) => sum * 32n + BigInt(digit), 0n)
  return hexToBytes(value.toString(16).padStart(ticketBytes * 2, '0'))
}

function ticketFrom(bytes: Uint8Array): string {
  const value = BigInt(`0x${hexOf(bytes)}`)
  const characters = Array.from({ length: 16 }, (_, place) =>
    crockford.charAt(Number((value >> BigInt(75 - 5 * place)) & 31n)),
  ).join('')
  return `T-${characters.match(/.{4}/g)?.join('-')}`
}

const uuidToBytes = (id: string): Uint8Array => {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new Error(`${id} is no UUID in lower case`)
  return hexToBytes(id.replaceAll('-', ''))
}
const uuidFrom = (bytes: Uint8Array): string =>
  hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const hexToBytes = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16))

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
