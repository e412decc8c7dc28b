import { z } from 'zod'

/** `GET /internal/keys`: the public keys of access tokens (RFC 7517), two live while one is being replaced. */
export const jsonWebKeySetSchema = z.object({
  keys: z.array(z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() })),
})

/** The claims of an access token (AUTH-011). `sub` is the user's ID. */
export const accessTokenClaimsSchema = z.object({
  sub: z.uuid(),
  role: z.enum(['USER', 'ADMIN']),
  jti: z.uuid(),
  iss: z.literal('ticket-queue'),
  aud: z.literal('ticket-queue'),
  iat: z.int(),
  exp: z.int(),
})

export type JsonWebKeySet = z.infer<typeof jsonWebKeySetSchema>
export type AccessTokenClaims = z.infer<typeof accessTokenClaimsSchema>
