import { encodeLines, hmacKey, hmacSha256 } from './encoding.ts'

export interface DrawKeyInput {
  readonly seed: string
  readonly scheduleId: string
  readonly count: number
  readonly rosterDigest: string
  /** Null in a draw without a beacon. */
  readonly beaconValue: string | null
}

/** What decides every position: the committed seed mixed with what was fixed after it, the closed roster and the beacon. 64 hex digits. */
export function drawKeyOf({ seed, scheduleId, count, rosterDigest, beaconValue }: DrawKeyInput): string {
  return hmacSha256(
    hmacKey(seed),
    encodeLines('key', [scheduleId, count, rosterDigest, beaconValue ?? 'none']),
  ).toString('hex')
}
