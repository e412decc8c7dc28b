import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type DrawCheck,
  type DrawVerdict,
  entrantIdOf,
  type Finding,
  keyedPermutation,
  type PublishedDraw,
  type ReceiptCheck,
  verifyDraw,
  verifyReceipt,
} from '@ticket-queue/draw'
import { drawTable } from '../draw-table/draw-table.ts'

export const verifyUsage = `
  npm run queue -- verify <draw.json> <roster.ndjson>     recomputes a published draw, without any server
    --commitment <hex>    the commitment you noted before the pre-queue opened
    --beacon <hex>        the beacon's value as you got it from the beacon itself
    --receipt <file>      a receipt, checked against the draw
    --user <user ID>      whose place to tell; with --receipt: whose receipt it must be

  Ends with 0 if everything holds, else with 1. What that proves: docs/provable-order.md
`

interface Surroundings {
  /** What relative file names start from. */
  readonly directory: string
  readonly print: (text: string) => void
}

interface Asked {
  readonly drawFile: string
  readonly rosterFile: string
  readonly commitment: string | undefined
  readonly beacon: string | undefined
  readonly receipt: string | undefined
  readonly user: string | undefined
}

/** Verifies the files that the arguments name, prints what was found and gives the exit code: 0 if everything holds, else 1. */
export async function runVerify(args: readonly string[], { directory, print }: Surroundings): Promise<number> {
  const asked = readArguments(args)
  if (typeof asked === 'string') {
    print(`\n  ${asked}\n${verifyUsage}`)
    return 1
  }
  try {
    return await verify(asked, { directory, print })
  } catch (error) {
    if (!isFileError(error)) throw error
    print(`\n  ${error.message}\n`)
    return 1
  }
}

async function verify(asked: Asked, { directory, print }: Surroundings): Promise<number> {
  const inPlace = (file: string) => resolve(directory, file)
  const receipt = asked.receipt === undefined ? undefined : await readFile(inPlace(asked.receipt))
  const verdict = await verifyDraw(await readFile(inPlace(asked.drawFile)), piecesOf(inPlace(asked.rosterFile)), {
    commitment: asked.commitment,
    beaconValue: asked.beacon,
  })
  const { draw } = verdict
  const findings: Finding<DrawCheck | ReceiptCheck>[] = [...verdict.findings]
  if (draw !== null && receipt !== undefined) {
    findings.push(...verifyReceipt(jsonOf(receipt), { draw, userId: asked.user }))
  }
  const held = findings.every(({ passed }) => passed)
  const place = held && draw !== null && asked.user !== undefined ? placeOf(draw, verdict.entrantIds, asked.user) : null
  print(`\n${drawTable(['', 'checked', 'found'], findings.map(rowOf)).replaceAll(/ +$/gm, '')}\n`)
  print(held && draw !== null ? acceptance(verdict, draw, asked) : refusal(findings))
  if (place !== null) print(place.words)
  return held && place?.found !== false ? 0 : 1
}

const checkNames: Record<DrawCheck | ReceiptCheck, string> = {
  DRAW_FILE: 'draw file',
  CHECKSUM: 'checksum',
  TIMES: 'times',
  COMMITMENT: 'commitment',
  NOTED_COMMITMENT: 'commitment you noted',
  NOTED_BEACON: 'beacon value you got',
  ROSTER_FILE: 'roster file',
  COUNT: 'number of people',
  ROSTER_DIGEST: 'roster digest',
  DRAW_KEY: 'draw key',
  POSITIONS: 'positions',
  RECEIPT_FILE: 'receipt',
  RECEIPT_PATH: 'receipt: place in the roster',
  RECEIPT_DRAW: 'receipt: of this draw',
  RECEIPT_POSITION: 'receipt: position',
  RECEIPT_OWNER: 'receipt: its owner',
}

const rowOf = ({ check, passed, detail }: Finding<DrawCheck | ReceiptCheck>): string[] => [
  passed ? '✓' : '✗',
  checkNames[check],
  detail,
]

function refusal(findings: readonly Finding<DrawCheck | ReceiptCheck>[]): string {
  const failed = findings.filter(({ passed }) => !passed).map(({ check }) => checkNames[check])
  return `  REFUSED: ${failed.join(', ')}\n`
}

/** A person must not take more from an acceptance than the files can give. */
function acceptance({ entrantIds }: DrawVerdict, { commitment, beacon }: PublishedDraw, asked: Asked): string {
  const open: string[] = []
  if (asked.commitment === undefined) {
    open.push(`was ${commitment} published before the pre-queue opened? Compare what you noted: --commitment`)
  }
  if (beacon !== null && asked.beacon === undefined) {
    open.push(`is ${beacon.value} what ${beacon.source} gave as ${beacon.reference}? Ask it: --beacon`)
  }
  const rest =
    open.length === 0 ? '' : `  These files alone cannot tell:\n${open.map((one) => `  - ${one}\n`).join('')}`
  return `  ACCEPTED: all ${entrantIds.length} positions follow from what was committed to.\n${rest}`
}

function placeOf(
  draw: PublishedDraw,
  entrantIds: readonly string[],
  userId: string,
): { found: boolean; words: string } {
  const index = entrantIds.indexOf(entrantIdOf(draw.salt, draw.scheduleId, userId))
  if (index === -1) return { found: false, words: `  User ${userId} is not in this roster.\n` }
  const position = keyedPermutation(draw.drawKey, draw.count).positionOf(index)
  return { found: true, words: `  User ${userId}: index ${index}, position ${position} (people ahead).\n` }
}

function readArguments(args: readonly string[]): Asked | string {
  const option = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { commitment: option, beacon: option, receipt: option, user: option },
    })
    const [drawFile, rosterFile, ...more] = positionals
    if (drawFile === undefined || rosterFile === undefined || more.length > 0) return 'Two files are needed.'
    const { commitment, beacon, receipt, user } = values
    return { drawFile, rosterFile, commitment, beacon, receipt, user }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}

/** Opened when it is first read: a stream that nobody reads would throw its error at nobody. */
async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file)
}

const isFileError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error
