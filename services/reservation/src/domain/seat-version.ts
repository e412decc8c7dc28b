/** Names a state of a schedule's seats: when it was seen first, by Redis' clock, and what it is. */
export interface SeatVersion {
  /** Unix ms. Orders the versions of one replica, and tells another one whether it is behind. */
  readonly seenAtMs: number
  /** The same for the same state on every replica, and different for different ones. */
  readonly digest: string
}

const timeLength = 9
const pattern = /^([0-9a-z]{9})\.([A-Za-z0-9_-]{22})$/

/** A version as clients know it: of two that a replica has given the greater string is the later one. */
export const writeVersion = ({ seenAtMs, digest }: SeatVersion): string =>
  `${seenAtMs.toString(36).padStart(timeLength, '0')}.${digest}`

/** Reads a version; null for what this service cannot have given. */
export function readVersion(text: string): SeatVersion | null {
  const [, time, digest] = pattern.exec(text) ?? []
  if (time === undefined || digest === undefined) return null
  return { seenAtMs: Number.parseInt(time, 36), digest }
}
