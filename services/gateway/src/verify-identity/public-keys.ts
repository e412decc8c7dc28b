import { createPublicKey } from 'node:crypto'
import { jsonWebKeySetSchema } from '@ticket-queue/contracts/http/user'
import type { CallService, Log } from '@ticket-queue/service-kit'

/** `unavailable`: no key has ever been read, so nothing can be said about any token. */
export type KeyAnswer = { kind: 'found'; pem: string } | { kind: 'unknown' } | { kind: 'unavailable' }

export type PublicKeys = {
  /** Gives the key that signed tokens with this `kid` if it is listed as far as is known; asks nobody. */
  known(kid: string): string | null
  /** Gives the key that signed tokens with this `kid`; an unknown one makes it ask the user service again, at most every `cooldownMs`. */
  find(kid: string): Promise<KeyAnswer>
  refresh(): Promise<void>
  /** Rejects until keys have been read once. */
  check(): Promise<void>
}

/**
 * Keeps the public keys of access tokens. They outlive the user service: while it is away the last ones stay good, and a
 * key that it no longer lists is forgotten at the next refresh.
 */
export function createPublicKeys(options: { userService: CallService; log: Log; cooldownMs?: number }): PublicKeys {
  const { userService, log } = options
  const cooldownMs = options.cooldownMs ?? 5000
  let keys: ReadonlyMap<string, string> | null = null
  let askedAtMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | null = null

  const ask = async () => {
    try {
      const answer = await userService.get('/internal/keys', jsonWebKeySetSchema)
      keys = new Map(answer.keys.map(({ kty, crv, x, kid }) => [kid, toPem({ kty, crv, x })]))
    } catch (error) {
      log.warn({ err: error }, 'public keys could not be read; the ones known stay good')
    }
  }
  const refresh = () => {
    asking ??= ask().finally(() => {
      askedAtMs = performance.now()
      asking = null
    })
    return asking
  }
  const refreshUnlessJustAsked = async () => {
    // Without any key every request would ask; a shorter pause still finds a user service that has just come up.
    const pauseMs = keys === null ? Math.min(cooldownMs, 250) : cooldownMs
    if (asking !== null || performance.now() - askedAtMs >= pauseMs) await refresh()
  }
  return {
    known: (kid) => keys?.get(kid) ?? null,
    refresh,
    find: async (kid) => {
      if (keys?.has(kid) !== true) await refreshUnlessJustAsked()
      if (keys === null) return { kind: 'unavailable' }
      const pem = keys.get(kid)
      return pem === undefined ? { kind: 'unknown' } : { kind: 'found', pem }
    },
    check: async () => {
      if (keys === null) await refreshUnlessJustAsked()
      if (keys === null || keys.size === 0) throw new Error('no public keys yet')
    },
  }
}

function toPem(jwk: { kty: string; crv: string; x: string }): string {
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}
