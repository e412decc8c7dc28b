import { commitmentOf } from './commitment.ts'
import { drawKeyOf } from './draw-key.ts'
import { compare, type Finding } from './finding.ts'
import { keyedPermutation } from './keyed-permutation.ts'
import { checksumOf, type PublishedDraw, publishedDrawSchema, readCanonical } from './published-files.ts'
import { type Roster, readRoster } from './read-roster.ts'
import { buildRosterTree } from './roster.ts'

export type DrawCheck =
  | 'DRAW_FILE'
  | 'CHECKSUM'
  | 'TIMES'
  | 'COMMITMENT'
  | 'NOTED_COMMITMENT'
  | 'NOTED_BEACON'
  | 'ROSTER_FILE'
  | 'COUNT'
  | 'ROSTER_DIGEST'
  | 'DRAW_KEY'
  | 'POSITIONS'

/** What the files cannot prove by themselves: what the person noted before the sale or asked of the beacon itself. */
export interface Noted {
  readonly commitment?: string | undefined
  readonly beaconValue?: string | undefined
}

export interface DrawVerdict {
  readonly accepted: boolean
  /** In the order they were made. What could not be checked after a failure is missing. */
  readonly findings: readonly Finding<DrawCheck>[]
  /** The content of `draw.json`, if it could be read at all. */
  readonly draw: PublishedDraw | null
  /** In entry order; empty if the roster could not be read. */
  readonly entrantIds: readonly string[]
}

/**
 * Recomputes a published draw from its two files alone: commitment, roster digest, draw key and every position
 * (docs/provable-order.md). Accepts it only if every byte of both follows.
 */
export async function verifyDraw(
  drawFile: Uint8Array,
  rosterFile: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  noted: Noted = {},
): Promise<DrawVerdict> {
  const draw = readCanonical(publishedDrawSchema, drawFile)
  if (draw === null) {
    const detail = 'it is not the canonical JSON of a draw of this version'
    return { accepted: false, findings: [{ check: 'DRAW_FILE', passed: false, detail }], draw, entrantIds: [] }
  }
  const findings = checkDraw(draw, noted)
  const roster = await readRoster(rosterFile)
  findings.push(...checkRoster(draw, roster))
  const entrantIds = 'refused' in roster ? [] : roster.entrantIds
  return { accepted: findings.every(({ passed }) => passed), findings, draw, entrantIds }
}

function checkDraw(draw: PublishedDraw, noted: Noted): Finding<DrawCheck>[] {
  return [
    { check: 'DRAW_FILE', passed: true, detail: `schedule ${draw.scheduleId}` },
    compare('CHECKSUM', checksumOf(draw), draw.checksum),
    checkTimes(draw),
    compare('COMMITMENT', commitmentOf(draw, draw), draw.commitment),
    ...(noted.commitment === undefined
      ? []
      : [compare('NOTED_COMMITMENT' as const, draw.commitment, noted.commitment.toLowerCase())]),
    ...(noted.beaconValue === undefined
      ? []
      : [compare('NOTED_BEACON' as const, draw.beacon?.value ?? 'none', noted.beaconValue.toLowerCase())]),
  ]
}

/** Times of one spelling compare as text. */
function checkTimes({ committedAt, opensAt, closesAt, closedAt }: PublishedDraw): Finding<DrawCheck> {
  const passed = committedAt < opensAt && opensAt < closesAt && closesAt <= closedAt
  const order = `committed ${committedAt}, opened ${opensAt}, closed ${closedAt}`
  return { check: 'TIMES', passed, detail: passed ? order : `out of order: ${order}, not before ${closesAt}` }
}

function checkRoster(draw: PublishedDraw, roster: Roster): Finding<DrawCheck>[] {
  if ('refused' in roster) {
    return [{ check: 'ROSTER_FILE', passed: false, detail: `line ${roster.line}: ${roster.refused}` }]
  }
  const { entrantIds, positions } = roster
  const read: Finding<DrawCheck> = { check: 'ROSTER_FILE', passed: true, detail: 'every entrant once, in entry order' }
  const count = compare('COUNT', `${entrantIds.length}`, `${draw.count}`)
  if (!count.passed) return [read, count]
  const digest = compare('ROSTER_DIGEST', buildRosterTree(entrantIds).root, draw.rosterDigest)
  const beaconValue = draw.beacon?.value ?? null
  const key = compare('DRAW_KEY', drawKeyOf({ ...draw, beaconValue }), draw.drawKey)
  return [read, count, digest, key, checkPositions(draw, positions)]
}

function checkPositions(draw: PublishedDraw, positions: readonly number[]): Finding<DrawCheck> {
  const { positionOf } = keyedPermutation(draw.drawKey, draw.count)
  const wrong = positions.findIndex((position, index) => positionOf(index) !== position)
  if (wrong === -1) return { check: 'POSITIONS', passed: true, detail: `all ${draw.count} recomputed` }
  const detail = `index ${wrong} has position ${positionOf(wrong)}, the roster says ${positions[wrong]}`
  return { check: 'POSITIONS', passed: false, detail }
}
