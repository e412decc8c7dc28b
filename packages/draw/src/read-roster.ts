import { entrantsMax } from './keyed-permutation.ts'
import { readCanonical, rosterEntrySchema } from './published-files.ts'

/** A roster as published, or the first line that is not one and why. */
export type Roster =
  | { readonly entrantIds: readonly string[]; readonly positions: readonly number[] }
  | { readonly refused: string; readonly line: number }

const lineFeed = 0x0a
const lineBytesMax = 256

/** Reads `roster.ndjson` in pieces of any size: every line canonical, indexes 0, 1, 2, …, no entrant twice. */
export async function readRoster(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Roster> {
  const entrantIds: string[] = []
  const positions: number[] = []
  const seen = new Set<string>()
  for await (const line of splitLines(pieces)) {
    const refuse = (refused: string): Roster => ({ refused, line: entrantIds.length + 1 })
    const entry = readCanonical(rosterEntrySchema, line)
    if (entry === null) return refuse('it is not the canonical JSON of an entry, ended by a line feed')
    if (entry.index !== entrantIds.length) return refuse(`it has index ${entry.index}, not ${entrantIds.length}`)
    if (seen.has(entry.entrantId)) return refuse('its entrant is in the roster twice')
    if (entrantIds.length === entrantsMax) return refuse(`a draw has at most ${entrantsMax} entrants`)
    seen.add(entry.entrantId)
    entrantIds.push(entry.entrantId)
    positions.push(entry.position)
  }
  return { entrantIds, positions }
}

/** Lines with their line feed; the last one without it if the file does not end in one, and a line too long as far as it was read. */
async function* splitLines(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece])
    let from = 0
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, from)) {
      yield bytes.subarray(from, end + 1)
      from = end + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > lineBytesMax) break
  }
  if (rest.length > 0) yield rest
}
