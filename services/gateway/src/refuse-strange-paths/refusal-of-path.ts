/** Letters, digits and the unreserved marks, each segment beginning with a letter or digit: no route of ours has more. */
const canonicalPath = /^\/(?:[A-Za-z0-9][A-Za-z0-9._~-]*\/)*(?:[A-Za-z0-9][A-Za-z0-9._~-]*)?$/

/**
 * Says whether the raw request target must be refused before any router sees it: NOT_FOUND for anything under
 * /internal however it is spelled (INT-007, INT-008), INVALID_PATH for what is not in its one canonical form, so that
 * gateway and service can never read one path as two. Gives null for a path that may be routed.
 */
export function refusalOfPath(target: string): 'NOT_FOUND' | 'INVALID_PATH' | null {
  const path = target.split('?', 1)[0] ?? ''
  if (namesInternal(path)) return 'NOT_FOUND'
  return canonicalPath.test(path) ? null : 'INVALID_PATH'
}

function namesInternal(path: string): boolean {
  const decoded = path.includes('%') ? fullyDecoded(path) : path
  const plain = decoded.toLowerCase().replaceAll(/[^a-z0-9_/\\;?#-]/g, '')
  return plain.includes('internal') && plain.split(/[/\\;?#]/).includes('internal')
}

const maxDecodings = 8

/** Undoes percent-encoding until nothing changes, byte by byte, so that a broken sequence hides nothing. */
function fullyDecoded(path: string): string {
  let decoded = path
  for (let round = 0; round < maxDecodings; round += 1) {
    const next = decoded.replaceAll(/%([0-9a-f]{2})/gi, (_match, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (next === decoded) return decoded
    decoded = next
  }
  return decoded
}
