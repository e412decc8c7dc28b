import { z } from 'zod'
import { commitmentOf, type DrawSecrets } from './commitment.ts'
import { drawKeyOf } from './draw-key.ts'
import { canonicalJson, drawVersion, sha256 } from './encoding.ts'
import { entrantsMax, keyedPermutation } from './keyed-permutation.ts'
import { buildRosterTree } from './roster.ts'
import { beaconSchema, beaconValueSchema, type DrawTerms, drawTermsSchema, hex32Schema, timeSchema } from './terms.ts'

/** `announcement.json`: what the public gets before the pre-queue opens. */
export const drawAnnouncementSchema = drawTermsSchema.extend({
  version: z.literal(drawVersion),
  commitment: hex32Schema,
})

/** `draw.json`: what the public gets after the sale. */
export const publishedDrawSchema = drawAnnouncementSchema.extend({
  beacon: beaconSchema.extend({ value: beaconValueSchema }).nullable(),
  seed: hex32Schema,
  salt: hex32Schema,
  /** When the roster really closed: the operator's word, held by the checksum alone. */
  closedAt: timeSchema,
  count: z.int().nonnegative().max(entrantsMax),
  rosterDigest: hex32Schema,
  drawKey: hex32Schema,
  /** SHA-256 of this file without this member and without the line feed. */
  checksum: hex32Schema,
})

/** One line of `roster.ndjson`, in the order of `index`. */
export const rosterEntrySchema = z.strictObject({
  entrantId: hex32Schema,
  /** Place in entry order, from 0. */
  index: z.int().nonnegative(),
  /** People ahead after the draw: 0 is first. */
  position: z.int().nonnegative(),
})

export type DrawAnnouncement = z.infer<typeof drawAnnouncementSchema>
export type PublishedDraw = z.infer<typeof publishedDrawSchema>
export type RosterEntry = z.infer<typeof rosterEntrySchema>

/** The text of a published file or line: canonical JSON and a line feed. */
export const writeCanonical = (value: DrawAnnouncement | PublishedDraw | RosterEntry): string =>
  `${canonicalJson(value)}\n`

/** A published file or line, or null unless it is byte for byte what `writeCanonical` makes of its content. */
export function readCanonical<T extends DrawAnnouncement | PublishedDraw | RosterEntry>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
): T | null {
  // Latin-1 gives each byte a character of its own, so that no change of a byte is lost in decoding.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    return parsed.success && writeCanonical(parsed.data) === text ? parsed.data : null
  } catch {
    return null
  }
}

/** What is published before the pre-queue opens. */
export function announceDraw(terms: DrawTerms, secrets: DrawSecrets): DrawAnnouncement {
  return { version: drawVersion, ...terms, commitment: commitmentOf(terms, secrets) }
}

export interface ClosedDraw {
  readonly terms: DrawTerms
  readonly secrets: DrawSecrets
  readonly closedAt: string
  /** In entry order, as the roster closed. */
  readonly entrantIds: readonly string[]
  /** The value of the beacon named in the terms; null if they name none. */
  readonly beaconValue: string | null
}

/** Both published files of a draw. Throws if the terms name a beacon and there is no value of it, or the reverse. */
export function publishDraw(closed: ClosedDraw): { draw: PublishedDraw; roster: Iterable<RosterEntry> } {
  const { entrantIds, ...facts } = closed
  const { root: rosterDigest, count } = buildRosterTree(entrantIds)
  const draw = publishedDrawOf({ ...facts, rosterDigest, count })
  return { draw, roster: rosterEntriesOf(draw.drawKey, entrantIds) }
}

/** `draw.json` of a draw whose roster is known by its digest and count alone. Throws as `publishDraw` does. */
export function publishedDrawOf({
  terms,
  secrets,
  closedAt,
  count,
  rosterDigest,
  beaconValue,
}: Omit<ClosedDraw, 'entrantIds'> & { readonly count: number; readonly rosterDigest: string }): PublishedDraw {
  if ((terms.beacon === null) !== (beaconValue === null))
    throw new Error('The beacon of the terms has no value, or the reverse')
  const { scheduleId } = terms
  const content = {
    ...announceDraw(terms, secrets),
    beacon: terms.beacon !== null && beaconValue !== null ? { ...terms.beacon, value: beaconValue } : null,
    ...secrets,
    closedAt,
    count,
    rosterDigest,
    drawKey: drawKeyOf({ seed: secrets.seed, scheduleId, count, rosterDigest, beaconValue }),
  }
  return publishedDrawSchema.parse({ ...content, checksum: checksumOf(content) })
}

/** The lines of `roster.ndjson`, made as they are asked for. */
export function* rosterEntriesOf(drawKey: string, entrantIds: readonly string[]): Generator<RosterEntry> {
  const { positionOf } = keyedPermutation(drawKey, entrantIds.length)
  for (const [index, entrantId] of entrantIds.entries()) yield { entrantId, index, position: positionOf(index) }
}

/** The checksum of `draw.json`: tells a damaged file from a whole one; the other hashes tell a true one from a false one. */
export function checksumOf(draw: Omit<PublishedDraw, 'checksum'> & { checksum?: string }): string {
  const { checksum: _, ...content } = draw
  return sha256(Buffer.from(canonicalJson(content), 'latin1')).toString('hex')
}
