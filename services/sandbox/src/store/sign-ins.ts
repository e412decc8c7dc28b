import type { Provider } from '../domain/oauth-profile.ts'
import { createExpiringMap, type ExpiringMap } from './expiring-map.ts'

/** What a user has allowed a client. */
export interface Grant {
  readonly provider: Provider
  readonly userId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly nonce?: string | undefined
  /** Unix seconds. */
  readonly authTime: number
}

/** A grant on its way through the browser, with what its redemption must match. */
export interface PendingCode extends Grant {
  readonly redirectUri: string
  readonly codeChallenge?: string | undefined
  readonly codeChallengeMethod?: string | undefined
}

/** Codes and tokens that are alive. They end with the process, as sign-ins may. */
export interface SignIns {
  readonly codes: ExpiringMap<PendingCode>
  readonly accessTokens: ExpiringMap<Grant>
  readonly refreshTokens: ExpiringMap<Grant>
}

const minuteMs = 60_000
const maxEntries = 100_000

/** `now` gives Unix ms. Lives: codes 10 minutes, access tokens 6 hours, refresh tokens 60 days, as Kakao's. */
export function createSignIns(now: () => number): SignIns {
  return {
    codes: createExpiringMap({ keptMs: 10 * minuteMs, maxEntries, now }),
    accessTokens: createExpiringMap({ keptMs: 6 * 60 * minuteMs, maxEntries, now }),
    refreshTokens: createExpiringMap({ keptMs: 60 * 24 * 60 * minuteMs, maxEntries, now }),
  }
}
