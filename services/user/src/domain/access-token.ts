import type { JsonWebKeySet } from '@ticket-queue/contracts/http/user'
import { importJWK, SignJWT } from 'jose'
import { z } from 'zod'

/** AUTH-011. */
export const accessTokenSeconds = 3600
export const refreshTokenSeconds = 7 * 24 * 3600

const publicKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.base64url().length(43),
  kid: z.string().min(1),
})
const privateKeySchema = publicKeySchema.extend({ d: z.base64url().length(43) })

/** JWT_SIGNING_KEYS: the first key signs; later ones are only published, and may have lost their private part. */
export const signingKeysSchema = z
  .object({ keys: z.tuple([privateKeySchema], z.union([privateKeySchema, publicKeySchema])) })
  .refine(({ keys }) => new Set(keys.map((key) => key.kid)).size === keys.length, 'kid must be unique')

export type SigningKeys = z.infer<typeof signingKeysSchema>

export interface AccessTokenFacts {
  readonly userId: string
  readonly role: 'USER' | 'ADMIN'
  readonly tokenId: string
  readonly issuedAt: Date
}

/** Signs the access token of one session: claims as in contracts, valid for `accessTokenSeconds` from `issuedAt`. */
export type SignAccessToken = (facts: AccessTokenFacts) => Promise<string>

/** Gives the signer of access tokens: EdDSA with the first key, its `kid` in the header. */
export const createAccessTokenSigner = async (signingKeys: SigningKeys): Promise<SignAccessToken> => {
  const [first] = signingKeys.keys
  const key = await importJWK({ ...first, alg: 'EdDSA' })
  return ({ userId, role, tokenId, issuedAt }) => {
    const issuedAtSeconds = Math.floor(issuedAt.getTime() / 1000)
    return new SignJWT({ role })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: first.kid })
      .setSubject(userId)
      .setJti(tokenId)
      .setIssuer('ticket-queue')
      .setAudience('ticket-queue')
      .setIssuedAt(issuedAtSeconds)
      .setExpirationTime(issuedAtSeconds + accessTokenSeconds)
      .sign(key)
  }
}

/** Gives the public halves of all keys (RFC 7517), the signing one first. */
export const publicKeysOf = (signingKeys: SigningKeys): JsonWebKeySet => ({
  keys: signingKeys.keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' })),
})
