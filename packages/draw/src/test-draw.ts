import { createHash } from 'node:crypto'
import type { ClosedDraw, PublishedDraw, RosterEntry } from './published-files.ts'
import { publishDraw, writeCanonical } from './published-files.ts'
import { entrantIdOf } from './roster.ts'
import type { DrawTerms } from './terms.ts'

/** 32 bytes in hex that follow from a text: tests use the same ones in every run. */
export const hex32 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const testTerms: DrawTerms = {
  scheduleId: '01990a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b',
  committedAt: '2026-08-25T03:00:00.000Z',
  opensAt: '2026-09-01T10:30:00.000Z',
  closesAt: '2026-09-01T11:00:00.000Z',
  beacon: null,
}

export const testBeacon = { source: 'drand:52db9ba7', reference: '31819022' }

export const userIdOf = (index: number): string => `01990a2b-0000-7000-8000-${index.toString(16).padStart(12, '0')}`

/** A closed draw of `count` people, with a beacon or without. */
export function closedDraw(count: number, changes: Partial<ClosedDraw> = {}): ClosedDraw {
  const secrets = { seed: hex32('test seed'), salt: hex32('test salt') }
  const entrantIds = Array.from({ length: count }, (_, index) =>
    entrantIdOf(secrets.salt, testTerms.scheduleId, userIdOf(index)),
  )
  return { terms: testTerms, secrets, closedAt: '2026-09-01T11:00:00.214Z', entrantIds, beaconValue: null, ...changes }
}

export const withBeacon = { terms: { ...testTerms, beacon: testBeacon }, beaconValue: hex32('test beacon') }

export interface Files {
  readonly draw: PublishedDraw
  readonly entries: readonly RosterEntry[]
  readonly drawFile: Buffer
  readonly rosterFile: Buffer
}

/** Both published files as bytes. */
export function filesOf(closed: ClosedDraw): Files {
  const { draw, roster } = publishDraw(closed)
  const entries = [...roster]
  return {
    draw,
    entries,
    drawFile: Buffer.from(writeCanonical(draw)),
    rosterFile: Buffer.from(entries.map(writeCanonical).join('')),
  }
}
