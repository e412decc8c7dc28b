import { expect, test } from 'vitest'
import { keyedPermutation } from './keyed-permutation.ts'
import { issueReceipt, type Receipt, verifyReceipt } from './receipt.ts'
import { buildRosterTree } from './roster.ts'
import { closedDraw, filesOf, hex32, userIdOf, withBeacon } from './test-draw.ts'

const closed = closedDraw(11, withBeacon)
const { draw, entries } = filesOf(closed)
const source = {
  scheduleId: draw.scheduleId,
  commitment: draw.commitment,
  roster: buildRosterTree(closed.entrantIds),
  permutation: keyedPermutation(draw.drawKey, draw.count),
}
const receiptOf = (index: number): Receipt => issueReceipt(source, index, closed.entrantIds[index] as string)
const failuresOf = (receipt: unknown, context = {}) =>
  verifyReceipt(receipt, context)
    .filter(({ passed }) => !passed)
    .map(({ check }) => check)

test('everybody has a receipt that holds, alone, against the published draw, and as her own', () => {
  for (const { index, position } of entries) {
    const receipt = receiptOf(index)
    expect(receipt).toMatchObject({ index, position, rosterDigest: draw.rosterDigest, commitment: draw.commitment })
    expect(failuresOf(receipt)).toEqual([])
    expect(failuresOf(receipt, { draw, userId: userIdOf(index) })).toEqual([])
  }
})

test('who was alone in the draw has a receipt too', () => {
  const alone = closedDraw(1)
  const published = filesOf(alone)
  const receipt = issueReceipt(
    {
      ...source,
      roster: buildRosterTree(alone.entrantIds),
      permutation: keyedPermutation(published.draw.drawKey, 1),
      commitment: published.draw.commitment,
    },
    0,
    alone.entrantIds[0] as string,
  )
  expect(failuresOf(receipt, { draw: published.draw, userId: userIdOf(0) })).toEqual([])
})

const mine = receiptOf(4)

test.for<[string, Partial<Receipt>, string]>([
  ['another index', { index: 5 }, 'RECEIPT_PATH'],
  ['another entrant', { entrantId: hex32('stranger') }, 'RECEIPT_PATH'],
  ['another roster', { rosterDigest: hex32('another roster') }, 'RECEIPT_PATH'],
  ['a path cut short', { merklePath: mine.merklePath.slice(1) }, 'RECEIPT_PATH'],
  ['the path of another', { merklePath: receiptOf(5).merklePath }, 'RECEIPT_PATH'],
  ['an index outside of the roster', { index: 11 }, 'RECEIPT_PATH'],
  ['a better position', { position: mine.position === 0 ? 1 : 0 }, 'RECEIPT_POSITION'],
  ['another commitment', { commitment: hex32('another commitment') }, 'RECEIPT_DRAW'],
  ['another schedule', { scheduleId: '01990a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2c' }, 'RECEIPT_DRAW'],
  ['another number of people', { count: 12 }, 'RECEIPT_DRAW'],
])('a receipt with %s is refused', ([, changes, check]) => {
  expect(failuresOf({ ...mine, ...changes }, { draw })).toContain(check)
})

test('a receipt is its owner’s alone', () => {
  expect(failuresOf(mine, { draw, userId: userIdOf(5) })).toEqual(['RECEIPT_OWNER'])
})

test('what is no receipt is refused as such', () => {
  for (const receipt of [null, {}, { ...mine, version: 'ticket-queue draw v2' }, { ...mine, extra: 1 }]) {
    expect(failuresOf(receipt, { draw })).toEqual(['RECEIPT_FILE'])
  }
})
