let last = 0

/** For tests: an ID of a draw, later than every one before. */
export function newDrawId(): string {
  last += 1
  return `01990a2b-0000-7000-8000-${String(last).padStart(12, '0')}`
}
