import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readBase45, writeBase45 } from './base45.ts'
import { readTicketCode, ticketMessage, ticketSlotSeconds, writeTicketCode } from './ticket-code.ts'
import { ticketKeySetSchema, verifyTicketCode } from './verify-ticket-code.ts'

const factsSchema = z.object({ ticketNumber: z.string(), seatId: z.string(), scheduleId: z.string(), slot: z.int() })
const vectors = z
  .object({
    publicKeys: ticketKeySetSchema.shape.keys,
    privateKeys: z.record(z.string(), z.string()),
    answers: z.array(
      z.object({
        what: z.string(),
        code: z.string(),
        nowMs: z.int(),
        scheduleId: z.string(),
        toleranceSlots: z.int().exactOptional(),
        facts: factsSchema.optional(),
        refused: z.string().optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../vectors/ticket-code-v1.json', import.meta.url), 'utf8')))
const { publicKeys, answers } = vectors
const fresh = answers[0] as (typeof answers)[number]

test.each(answers)('known answer: $what', async ({ code, facts, refused, what: _, ...terms }) => {
  const verdict = await verifyTicketCode(code, { publicKeys, ...terms })
  expect(verdict).toMatchObject(facts ? { ok: true, facts } : { ok: false, refused })
})

test('the writer makes the codes of the second implementation, byte for byte', () => {
  for (const { code, facts } of answers) {
    if (!facts) continue
    const kid = readTicketCode(code)?.keyId ?? ''
    const { x } = publicKeys.find((key) => key.kid === kid) ?? { x: '' }
    const jwk = { kty: 'OKP', crv: 'Ed25519', x, d: vectors.privateKeys[kid] as string }
    const signature = sign(null, ticketMessage(kid, facts), createPrivateKey({ key: jwk, format: 'jwk' }))
    expect(writeTicketCode(kid, facts, signature)).toBe(code)
  }
})

test('whatever its slot, a picture 90 s old is refused and a fresh code passes, by any clock at most 30 s off', async () => {
  const slotMs = ticketSlotSeconds * 1000
  const drawnAt = fc.integer({ min: fresh.nowMs, max: fresh.nowMs + slotMs - 1 })
  const clockOff = fc.integer({ min: -slotMs, max: slotMs })
  const ageMs = fc.integer({ min: 90_000, max: 86_400_000 })
  await fc.assert(
    fc.asyncProperty(drawnAt, clockOff, ageMs, async (drawn, off, age) => {
      const judge = (nowMs: number) => verifyTicketCode(fresh.code, { ...fresh, publicKeys, nowMs })
      expect(await judge(drawn + off)).toMatchObject({ ok: true })
      expect(await judge(drawn + age + off)).toMatchObject({ refused: 'EXPIRED' })
    }),
  )
})

test('a code with any one character changed is refused', async () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
  await fc.assert(
    fc.asyncProperty(fc.nat(fresh.code.length - 1), fc.constantFrom(...alphabet), async (place, character) => {
      fc.pre(fresh.code.charAt(place) !== character)
      const changed = fresh.code.slice(0, place) + character + fresh.code.slice(place + 1)
      expect(await verifyTicketCode(changed, { ...fresh, publicKeys })).toMatchObject({ ok: false })
    }),
  )
})

test('text of any kind is refused, never thrown at', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string().map((text) => `TQ1:KEY-1:${text}`),
      ),
      async (code) => {
        expect(await verifyTicketCode(code, { ...fresh, publicKeys })).toMatchObject({ refused: 'MALFORMED' })
      },
    ),
  )
})

test('without a key nothing passes', async () => {
  expect(await verifyTicketCode(fresh.code, { ...fresh, publicKeys: [] })).toEqual({
    ok: false,
    refused: 'UNKNOWN_KEY',
  })
})

test('base 45 is that of RFC 9285 and gives each text one meaning', () => {
  expect(writeBase45(new TextEncoder().encode('AB'))).toBe('BB8')
  expect(writeBase45(new TextEncoder().encode('Hello!'))).toBe('%69 VD92E')
  for (const none of ['A', 'AB', ':::', 'GGW', 'ab8', '   ,', 'BB8B']) expect(readBase45(none)).toBeNull()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      fc.pre(bytes.length % 2 === 0)
      const text = writeBase45(bytes)
      expect(readBase45(text)).toEqual(bytes)
    }),
  )
})

test('what cannot be in a code is not written into one', () => {
  const facts = readTicketCode(fresh.code)?.facts
  if (!facts) throw new Error('the known code is not read')
  expect(() => ticketMessage('K', { ...facts, ticketNumber: 'T-7K3M' })).toThrow('ticket number')
  expect(() => ticketMessage('K', { ...facts, seatId: facts.seatId.toUpperCase().replace('0', 'A') })).toThrow('UUID')
  expect(() => writeTicketCode('key', facts, new Uint8Array(64))).toThrow('key ID')
  expect(() => writeTicketCode('KEY', facts, new Uint8Array(63))).toThrow('signature')
})
