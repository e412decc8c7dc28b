import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { OauthUser } from '../domain/book-event.ts'
import { oidcClaims } from '../domain/oauth-profile.ts'
import type { Grant } from '../store/sign-ins.ts'

/** Signs id_tokens with a key of this process; clients find its public half in the key set, as with the real ones. */
export interface IdTokens {
  sign(grant: Grant, user: OauthUser, issuer: string): Promise<string>
  keySet(): Promise<{ keys: JWK[] }>
}

const livesSeconds = 3600

/** `now` gives Unix ms. The key is made at the first use. */
export function createIdTokens(now: () => number): IdTokens {
  let making: ReturnType<typeof makeKey> | undefined
  const key = () => {
    making ??= makeKey()
    return making
  }
  return {
    sign: async (grant, user, issuer) => {
      const { privateKey, jwk } = await key()
      const issuedAt = Math.floor(now() / 1000)
      const nonce = grant.nonce === undefined ? {} : { nonce: grant.nonce }
      const google = user.provider === 'google' ? { azp: grant.clientId } : { auth_time: grant.authTime }
      return new SignJWT({ ...oidcClaims(user, new Set(grant.scopes)), ...google, ...nonce })
        .setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(grant.clientId)
        .setSubject(user.id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + livesSeconds)
        .sign(privateKey)
    },
    keySet: async () => ({ keys: [(await key()).jwk] }),
  }
}

async function makeKey() {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  return { privateKey, jwk: { ...publicJwk, kid, alg: 'RS256', use: 'sig' } }
}
