import { verifyTicketCode } from '@ticket-queue/contracts/ticket'
import { expect, test } from 'vitest'
import { newTicketKey } from '../test-reservation-service.ts'
import { createTicketKeys, ticketSigningKeysSchema } from './ticket-keys.ts'

const facts = {
  ticketNumber: 'T-7K3M-9QXW-2B4C-8N5R',
  seatId: '01990000-0000-7000-8000-000000000001',
  scheduleId: '01990000-0000-7000-8000-0000000000aa',
  slot: 59_000_000,
}
const terms = { nowMs: facts.slot * 30_000, scheduleId: facts.scheduleId }
const [old, next] = [newTicketKey('OLD'), newTicketKey('NEXT')]
const keysOf = (...keys: unknown[]) => createTicketKeys(ticketSigningKeysSchema.parse({ keys }))
const withoutPrivate = ({ d: _, ...key }: ReturnType<typeof newTicketKey>) => key

test('a key is replaced while codes of both are shown: scanners that know both take both, all the way', async () => {
  const stages = [keysOf(old), keysOf(old, withoutPrivate(next)), keysOf(next, withoutPrivate(old)), keysOf(next)]
  const signers = []
  for (const [index, stage] of stages.entries()) {
    const code = stage.sign(facts)
    signers.push(code.split(':')[1])
    const before = stages[index - 1] ?? stage
    for (const { publicKeys } of [before, stage]) {
      const known = publicKeys.some(({ kid }) => code.startsWith(`TQ1:${kid}:`))
      const verdict = await verifyTicketCode(code, { ...terms, publicKeys })
      expect(verdict).toMatchObject(known ? { ok: true } : { refused: 'UNKNOWN_KEY' })
    }
  }
  expect(signers).toEqual(['OLD', 'OLD', 'NEXT', 'NEXT'])
  const code = stages[2]?.sign(facts) ?? ''
  expect(await verifyTicketCode(code, { ...terms, publicKeys: stages[1]?.publicKeys ?? [] })).toMatchObject({
    ok: true,
  })
})

test('what is published has no private half', () => {
  for (const key of keysOf(old, next).publicKeys)
    expect(Object.keys(key).toSorted()).toEqual(['crv', 'kid', 'kty', 'x'])
})

test.each([
  ['no key', []],
  ['a first key that cannot sign', [withoutPrivate(old)]],
  ['two keys of one name', [old, { ...next, kid: 'OLD' }]],
  ['a name that no QR code of this size holds', [newTicketKey('NINE-LONG')]],
  ['a name in lower case', [newTicketKey('old')]],
])('%s is refused at start', (_what, keys) => {
  expect(ticketSigningKeysSchema.safeParse({ keys }).success).toBe(false)
})
