import { z } from 'zod'
import { drawVersion } from './encoding.ts'
import { compare, type Finding } from './finding.ts'
import { entrantsMax, type KeyedPermutation, keyedPermutation } from './keyed-permutation.ts'
import { type MerkleTree, rootOfPath } from './merkle-tree.ts'
import type { PublishedDraw } from './published-files.ts'
import { entrantIdOf, rosterLeaf } from './roster.ts'
import { hex32Schema, scheduleIdSchema } from './terms.ts'

const pathMax = 24

/** What a person keeps: her place in a roster whose digest everybody shares, and the position she was told. */
export const receiptSchema = z
  .strictObject({
    version: z.literal(drawVersion),
    scheduleId: scheduleIdSchema,
    commitment: hex32Schema,
    rosterDigest: hex32Schema,
    count: z.int().positive().max(entrantsMax),
    entrantId: hex32Schema,
    /** Place in entry order, from 0. */
    index: z.int().nonnegative(),
    /** People ahead after the draw: 0 is first. */
    position: z.int().nonnegative(),
    merklePath: z.array(hex32Schema).max(pathMax),
  })
  .meta({ id: 'DrawReceipt' })

export type Receipt = z.infer<typeof receiptSchema>

export interface ReceiptSource {
  readonly scheduleId: string
  readonly commitment: string
  readonly roster: MerkleTree
  readonly permutation: KeyedPermutation
}

/** The receipt of the person at `index`. */
export function issueReceipt(source: ReceiptSource, index: number, entrantId: string): Receipt {
  return {
    version: drawVersion,
    scheduleId: source.scheduleId,
    commitment: source.commitment,
    rosterDigest: source.roster.root,
    count: source.roster.count,
    entrantId,
    index,
    position: source.permutation.positionOf(index),
    merklePath: source.roster.pathOf(index),
  }
}

export type ReceiptCheck = 'RECEIPT_FILE' | 'RECEIPT_PATH' | 'RECEIPT_DRAW' | 'RECEIPT_POSITION' | 'RECEIPT_OWNER'

export interface ReceiptContext {
  /** A draw that `verifyDraw` accepted; without it only the place in the roster can be checked, not the position. */
  readonly draw?: PublishedDraw | undefined
  /** Whose receipt it should be; needs `draw`, for the salt. */
  readonly userId?: string | undefined
}

/** What holds of a receipt: it is genuine if every finding passed. */
export function verifyReceipt(receipt: unknown, { draw, userId }: ReceiptContext = {}): Finding<ReceiptCheck>[] {
  const parsed = receiptSchema.safeParse(receipt)
  if (!parsed.success) return [{ check: 'RECEIPT_FILE', passed: false, detail: 'it is no receipt of this version' }]
  const { index, count, entrantId, merklePath, rosterDigest, position } = parsed.data
  const root = rootOfPath({ leaf: rosterLeaf(index, entrantId), index, count, path: merklePath })
  const findings: Finding<ReceiptCheck>[] = [compare('RECEIPT_PATH', root ?? 'no root', rosterDigest)]
  if (draw === undefined) return findings
  findings.push(checkDraw(parsed.data, draw))
  if (findings.every(({ passed }) => passed)) {
    const computed = keyedPermutation(draw.drawKey, draw.count).positionOf(index)
    findings.push(compare('RECEIPT_POSITION', `${computed}`, `${position}`))
  }
  if (userId !== undefined) {
    findings.push(compare('RECEIPT_OWNER', entrantIdOf(draw.salt, draw.scheduleId, userId), entrantId))
  }
  return findings
}

function checkDraw(receipt: Receipt, draw: PublishedDraw): Finding<ReceiptCheck> {
  const facts = ['scheduleId', 'commitment', 'rosterDigest', 'count'] as const
  const other = facts.filter((fact) => receipt[fact] !== draw[fact])
  const detail = other.length === 0 ? `schedule ${draw.scheduleId}` : `another ${other.join(', ')}`
  return { check: 'RECEIPT_DRAW', passed: other.length === 0, detail }
}
