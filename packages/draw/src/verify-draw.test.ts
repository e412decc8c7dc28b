import { describe, expect, test } from 'vitest'
import { commitmentOf } from './commitment.ts'
import { drawKeyOf } from './draw-key.ts'
import { keyedPermutation } from './keyed-permutation.ts'
import { checksumOf, type PublishedDraw, type RosterEntry, writeCanonical } from './published-files.ts'
import { closedDraw, type Files, filesOf, hex32, withBeacon } from './test-draw.ts'
import { type DrawCheck, type Noted, verifyDraw } from './verify-draw.ts'

const failuresOf = async (drawFile: Uint8Array, rosterFile: Uint8Array, noted?: Noted): Promise<DrawCheck[]> => {
  const { accepted, findings } = await verifyDraw(drawFile, [rosterFile], noted)
  const failed = findings.filter(({ passed }) => !passed).map(({ check }) => check)
  expect(accepted).toBe(failed.length === 0)
  return failed
}

const bytesOf = (draw: PublishedDraw) => Buffer.from(writeCanonical({ ...draw, checksum: checksumOf(draw) }))
const rosterOf = (entries: readonly RosterEntry[]) => Buffer.from(entries.map(writeCanonical).join(''))

test.for([0, 1, 2, 3, 7, 64, 1000])('a genuine draw of %i is accepted, with a beacon and without', async (count) => {
  for (const closed of [closedDraw(count), closedDraw(count, withBeacon)]) {
    const { drawFile, rosterFile } = filesOf(closed)
    expect(await failuresOf(drawFile, rosterFile)).toEqual([])
  }
})

test('it does not matter in which pieces the roster is read', async () => {
  const { drawFile, rosterFile } = filesOf(closedDraw(9))
  for (const size of [1, 7, 109, 110, 4096]) {
    const pieces = Array.from({ length: Math.ceil(rosterFile.length / size) }, (_, at) =>
      rosterFile.subarray(at * size, (at + 1) * size),
    )
    expect((await verifyDraw(drawFile, pieces)).accepted).toBe(true)
  }
})

const flips = [0x01, 0x20, 0x80]

/** The file with each byte changed in each of several ways, with each byte left out, and with each byte doubled. */
function* damaged(file: Buffer): Generator<Buffer> {
  for (let at = 0; at < file.length; at += 1) {
    for (const flip of flips) {
      const changed = Buffer.from(file)
      changed[at] = (changed[at] as number) ^ flip
      yield changed
    }
    const rest = [file.subarray(0, at), file.subarray(at + 1)] as const
    yield Buffer.concat(rest)
    yield Buffer.concat([rest[0], file.subarray(at, at + 1), file.subarray(at)])
  }
}

describe.for([0, 1, 4])('of a draw of %i', (count) => {
  test.for(['with', 'without'])('each file is refused with any one byte changed, %s a beacon', async (beacon) => {
    const { drawFile, rosterFile } = filesOf(closedDraw(count, beacon === 'with' ? withBeacon : {}))
    for (const changed of damaged(drawFile)) {
      expect(await failuresOf(changed, rosterFile), changed.toString('latin1')).not.toEqual([])
    }
    for (const changed of damaged(rosterFile)) {
      expect(await failuresOf(drawFile, changed), changed.toString('latin1')).not.toEqual([])
    }
  })
})

const five = filesOf(closedDraw(5, withBeacon))
const line = (at: number) => five.entries[at] as RosterEntry

test.for<[string, readonly RosterEntry[], DrawCheck]>([
  ['two lines in the other order', [line(1), line(0), line(2), line(3), line(4)], 'ROSTER_FILE'],
  ['the last line dropped', five.entries.slice(0, 4), 'COUNT'],
  ['a line dropped in the middle', five.entries.toSpliced(2, 1), 'ROSTER_FILE'],
  ['a line repeated', [...five.entries, line(4)], 'ROSTER_FILE'],
  ['a stranger added', [...five.entries, { entrantId: hex32('stranger'), index: 5, position: 5 }], 'COUNT'],
  ['an entrant twice', five.entries.with(4, { ...line(4), entrantId: line(0).entrantId }), 'ROSTER_FILE'],
  [
    'a stranger in the place of another',
    five.entries.with(2, { ...line(2), entrantId: hex32('stranger') }),
    'ROSTER_DIGEST',
  ],
  [
    'two positions exchanged',
    five.entries
      .with(0, { ...line(0), position: line(1).position })
      .with(1, { ...line(1), position: line(0).position }),
    'POSITIONS',
  ],
])('a roster with %s is refused', async ([, entries, check]) => {
  expect(await failuresOf(five.drawFile, rosterOf(entries))).toContain(check)
})

test('a file that says the same in other bytes is refused', async () => {
  const { draw, drawFile, rosterFile } = five
  const spaced = Buffer.from(`${JSON.stringify(draw)}\n`)
  const doubled = Buffer.from(drawFile.toString().replace('"count":5', '"count":4,"count":5'))
  const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), drawFile])
  for (const other of [spaced, doubled, marked]) expect(await failuresOf(other, rosterFile)).toEqual(['DRAW_FILE'])
  const windows = Buffer.from(rosterFile.toString().replaceAll('\n', '\r\n'))
  for (const other of [windows, rosterFile.subarray(0, -1), Buffer.alloc(100_000, 'x')]) {
    expect(await failuresOf(drawFile, other)).toEqual(['ROSTER_FILE'])
  }
})

describe('whoever rewrites the checksum too still cannot', () => {
  const refused = (changes: Partial<PublishedDraw>, files: Files = five) =>
    failuresOf(bytesOf({ ...files.draw, ...changes }), files.rosterFile)

  test('choose another seed or salt after the commitment', async () => {
    expect(await refused({ seed: hex32('better seed') })).toEqual(['COMMITMENT', 'DRAW_KEY'])
    expect(await refused({ salt: hex32('better salt') })).toEqual(['COMMITMENT'])
  })

  test('move the announced times, or close before T-0', async () => {
    expect(await refused({ closesAt: '2026-09-01T10:59:00.000Z' })).toEqual(['COMMITMENT'])
    expect(await refused({ committedAt: '2026-09-01T10:59:00.000Z' })).toEqual(['TIMES', 'COMMITMENT'])
    expect(await refused({ closedAt: '2026-09-01T10:59:59.999Z' })).toEqual(['TIMES'])
  })

  test('take another value, another round or no beacon at all', async () => {
    const beacon = { ...withBeacon.terms.beacon, value: withBeacon.beaconValue }
    expect(await refused({ beacon: { ...beacon, value: hex32('better value') } })).toEqual(['DRAW_KEY'])
    expect(await refused({ beacon: { ...beacon, reference: '31819023' } })).toEqual(['COMMITMENT'])
    expect(await refused({ beacon: null })).toEqual(['COMMITMENT', 'DRAW_KEY'])
  })

  test('give the draw to another schedule', async () => {
    expect(await refused({ scheduleId: '01990a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2c' })).toEqual(['COMMITMENT', 'DRAW_KEY'])
  })

  test('state another draw key and the positions that follow from it', async () => {
    const drawKey = hex32('better key')
    const { positionOf } = keyedPermutation(drawKey, 5)
    const entries = five.entries.map((entry) => ({ ...entry, position: positionOf(entry.index) }))
    expect(await failuresOf(bytesOf({ ...five.draw, drawKey }), rosterOf(entries))).toEqual(['DRAW_KEY'])
  })

  test('make up a whole draw that agrees with itself, if the commitment was noted before the sale', async () => {
    const secrets = { seed: hex32('better seed'), salt: five.draw.salt }
    const beaconValue = withBeacon.beaconValue
    const forged = { ...five.draw, ...secrets, commitment: commitmentOf({ ...five.draw }, secrets) }
    const drawKey = drawKeyOf({ ...forged, beaconValue })
    const { positionOf } = keyedPermutation(drawKey, 5)
    const roster = rosterOf(five.entries.map((entry) => ({ ...entry, position: positionOf(entry.index) })))
    const file = bytesOf({ ...forged, drawKey })
    expect(await failuresOf(file, roster)).toEqual([])
    expect(await failuresOf(file, roster, { commitment: five.draw.commitment })).toEqual(['NOTED_COMMITMENT'])
  })
})

test('what the person noted is compared, in either case of the digits', async () => {
  const noted = { commitment: five.draw.commitment.toUpperCase(), beaconValue: withBeacon.beaconValue }
  expect(await failuresOf(five.drawFile, five.rosterFile, noted)).toEqual([])
  const failures = await failuresOf(five.drawFile, five.rosterFile, { beaconValue: hex32('what drand says') })
  expect(failures).toEqual(['NOTED_BEACON'])
})

test('a refusal names the line and both values', async () => {
  const entries = five.entries.with(3, { ...line(3), index: 7 })
  const { findings } = await verifyDraw(five.drawFile, [rosterOf(entries)])
  expect(findings.at(-1)).toEqual({ check: 'ROSTER_FILE', passed: false, detail: 'line 4: it has index 7, not 3' })
})
