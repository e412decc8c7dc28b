import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commitmentOf } from './commitment.ts'
import { drawKeyOf } from './draw-key.ts'
import { keyedPermutation } from './keyed-permutation.ts'
import { publishDraw, publishedDrawSchema, readCanonical, writeCanonical } from './published-files.ts'
import { issueReceipt, receiptSchema, verifyReceipt } from './receipt.ts'
import { buildRosterTree, entrantIdOf } from './roster.ts'
import { drawTermsSchema } from './terms.ts'
import { hex32 } from './test-draw.ts'
import { verifyDraw } from './verify-draw.ts'

const numbers = z.array(z.int())
const vectorsSchema = z.object({
  seed: z.string(),
  salt: z.string(),
  commitments: z.array(z.object({ terms: drawTermsSchema, commitment: z.string() })),
  entrants: z.array(z.object({ scheduleId: z.string(), userId: z.string(), entrantId: z.string() })),
  rosterDigests: z.array(z.object({ count: z.int(), rosterDigest: z.string() })),
  drawKeys: z.array(
    z.object({
      seed: z.string(),
      scheduleId: z.string(),
      count: z.int(),
      rosterDigest: z.string(),
      beaconValue: z.string().nullable(),
      drawKey: z.string(),
    }),
  ),
  permutations: z.array(z.object({ drawKey: z.string(), count: z.int(), positions: numbers })),
  largePermutations: z.array(z.object({ drawKey: z.string(), count: z.int(), indexes: numbers, positions: numbers })),
  draws: z.array(
    z.object({ userIds: z.array(z.string()), draw: z.string(), roster: z.string(), receipts: z.array(receiptSchema) }),
  ),
})

// Made by a second implementation from docs/provable-order.md alone, and frozen: a difference is a new version of the protocol.
const vectors = vectorsSchema.parse(
  JSON.parse(readFileSync(new URL('../vectors/draw-v1.json', import.meta.url), 'utf8')),
)
const { seed, salt } = vectors

test('commitments are the known ones', () => {
  for (const { terms, commitment } of vectors.commitments) expect(commitmentOf(terms, { seed, salt })).toBe(commitment)
})

test('entrant IDs are the known ones, however the user ID is written', () => {
  for (const { scheduleId, userId, entrantId } of vectors.entrants) {
    expect(entrantIdOf(salt, scheduleId, userId)).toBe(entrantId)
    expect(entrantIdOf(salt, scheduleId, userId.toUpperCase())).toBe(entrantId)
  }
})

test('roster digests are the known ones', () => {
  for (const { count, rosterDigest } of vectors.rosterDigests) {
    const entrantIds = Array.from({ length: count }, (_, index) => hex32(`entrant ${index}`))
    expect(buildRosterTree(entrantIds).root).toBe(rosterDigest)
  }
})

test('draw keys are the known ones', () => {
  for (const { drawKey, ...input } of vectors.drawKeys) expect(drawKeyOf(input)).toBe(drawKey)
})

test('positions are the known ones', () => {
  for (const { drawKey, count, positions } of vectors.permutations) {
    expect(positions.map((_, index) => keyedPermutation(drawKey, count).positionOf(index))).toEqual(positions)
  }
  for (const { drawKey, count, indexes, positions } of vectors.largePermutations) {
    expect(indexes.map(keyedPermutation(drawKey, count).positionOf)).toEqual(positions)
  }
})

test('whole draws are the known ones: both files byte for byte, and every receipt', async () => {
  for (const { userIds, draw: drawText, roster: rosterText, receipts } of vectors.draws) {
    const known = readCanonical(publishedDrawSchema, Buffer.from(drawText))
    if (known === null) throw new Error('The known draw cannot be read')
    const { scheduleId, committedAt, opensAt, closesAt, closedAt, commitment } = known
    const beacon = known.beacon && { source: known.beacon.source, reference: known.beacon.reference }
    const entrantIds = userIds.map((userId) => entrantIdOf(salt, scheduleId, userId))
    const { draw, roster } = publishDraw({
      terms: { scheduleId, committedAt, opensAt, closesAt, beacon },
      secrets: { seed, salt },
      closedAt,
      entrantIds,
      beaconValue: known.beacon?.value ?? null,
    })
    expect(writeCanonical(draw)).toBe(drawText)
    expect([...roster].map(writeCanonical).join('')).toBe(rosterText)
    expect((await verifyDraw(Buffer.from(drawText), [Buffer.from(rosterText)])).accepted).toBe(true)
    const permutation = keyedPermutation(draw.drawKey, draw.count)
    const source = { scheduleId, commitment, roster: buildRosterTree(entrantIds), permutation }
    expect(entrantIds.map((entrantId, index) => issueReceipt(source, index, entrantId))).toEqual(receipts)
    for (const receipt of receipts) expect(verifyReceipt(receipt, { draw }).every(({ passed }) => passed)).toBe(true)
  }
})

test('the example of docs/provable-order.md is the last known draw', () => {
  const page = readFileSync(new URL('../../../docs/provable-order.md', import.meta.url), 'utf8')
  const known = vectors.draws.at(-1)
  if (known === undefined) throw new Error('There are no known draws')
  const { draw, receipts, userIds } = known
  const { commitment, rosterDigest, drawKey, beacon } = publishedDrawSchema.parse(JSON.parse(draw))
  const receipt = receiptSchema.parse(receipts[2])
  const told = [
    userIds[2],
    seed,
    salt,
    commitment,
    rosterDigest,
    drawKey,
    beacon?.value,
    receipt.entrantId,
    ...receipt.merklePath,
  ]
  for (const value of told) expect(page).toContain(value)
  expect(page).toContain(`# → ${receipt.position}\n`)
})
