import { randomFillSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { v7 as uuidv7 } from 'uuid'

const safeFormat = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/

/** Gives the caller's X-Request-Id if it is 8 to 64 harmless characters (it ends up in logs and headers), else a new UUID v7. */
export function requestIdOf(request: IncomingMessage): string {
  const offered = request.headers['x-request-id']
  return typeof offered === 'string' && safeFormat.test(offered) ? offered : newRequestId()
}

const idBytes = 16
/** Drawn for many IDs at once: for each one alone it would cost as much as reading the request. */
const random = new Uint8Array(256 * idBytes)
let used = random.length

function newRequestId(): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  used += idBytes
  return uuidv7({ random: random.subarray(used - idBytes, used) })
}
