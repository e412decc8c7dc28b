import { expect, test } from 'vitest'
import { commitmentOf, newDrawSecrets } from './commitment.ts'
import { encodeLines } from './encoding.ts'
import { announceDraw, drawAnnouncementSchema, publishDraw, readCanonical, writeCanonical } from './published-files.ts'
import { beaconSchema, drawTermsSchema } from './terms.ts'
import { closedDraw, hex32, testBeacon, testTerms, withBeacon } from './test-draw.ts'

const secrets = { seed: hex32('seed'), salt: hex32('salt') }

test('a commitment binds each of its parts', () => {
  const commitments = [
    commitmentOf(testTerms, secrets),
    commitmentOf(testTerms, { ...secrets, seed: hex32('other') }),
    commitmentOf(testTerms, { ...secrets, salt: hex32('other') }),
    commitmentOf(testTerms, { seed: secrets.salt, salt: secrets.seed }),
    commitmentOf({ ...testTerms, scheduleId: '01990a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2c' }, secrets),
    commitmentOf({ ...testTerms, committedAt: testTerms.opensAt }, secrets),
    commitmentOf({ ...testTerms, opensAt: testTerms.closesAt }, secrets),
    commitmentOf({ ...testTerms, closesAt: testTerms.opensAt }, secrets),
    commitmentOf({ ...testTerms, beacon: testBeacon }, secrets),
    commitmentOf({ ...testTerms, beacon: { ...testBeacon, source: 'bitcoin' } }, secrets),
    commitmentOf({ ...testTerms, beacon: { ...testBeacon, reference: '1' } }, secrets),
  ]
  expect(new Set(commitments).size).toBe(commitments.length)
})

test('the announcement keeps the secrets and can be read back', () => {
  const text = writeCanonical(announceDraw(withBeacon.terms, secrets))
  expect(text).not.toContain(secrets.seed)
  expect(text).not.toContain(secrets.salt)
  expect(readCanonical(drawAnnouncementSchema, Buffer.from(text))).toEqual(announceDraw(withBeacon.terms, secrets))
})

test('no two draws share a secret', () => {
  const [one, other] = [newDrawSecrets(), newDrawSecrets()]
  expect(new Set([one.seed, one.salt, other.seed, other.salt]).size).toBe(4)
  expect(one.seed).toMatch(/^[0-9a-f]{64}$/)
})

test('a field cannot smuggle in another line, nor be empty', () => {
  for (const field of ['', 'a\nb', 'a\rb', 'é'])
    expect(() => encodeLines('leaf', [field])).toThrow('not printable ASCII')
})

test('terms have one spelling: lower-case IDs, UTC with milliseconds, a beacon not called none', () => {
  expect(drawTermsSchema.safeParse(withBeacon.terms).success).toBe(true)
  for (const closesAt of [
    '2026-09-01T11:00:00Z',
    '2026-09-01T20:00:00.000+09:00',
    '2026-02-30T11:00:00.000Z',
    'soon',
  ]) {
    expect(drawTermsSchema.safeParse({ ...testTerms, closesAt }).success).toBe(false)
  }
  expect(drawTermsSchema.safeParse({ ...testTerms, scheduleId: testTerms.scheduleId.toUpperCase() }).success).toBe(
    false,
  )
  expect(beaconSchema.safeParse({ source: 'none', reference: 'none' }).success).toBe(false)
})

test('a draw with a beacon is not published without its value, nor the reverse', () => {
  expect(() => publishDraw(closedDraw(3, { terms: withBeacon.terms }))).toThrow('The beacon of the terms has no value')
  expect(() => publishDraw(closedDraw(3, { beaconValue: withBeacon.beaconValue }))).toThrow('or the reverse')
})
