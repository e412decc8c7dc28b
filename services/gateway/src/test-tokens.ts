import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'

export type SigningKey = { kid: string; privateKey: KeyObject; publicKey: KeyObject; jwk: Record<string, unknown> }

export function newSigningKey(kid: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' } }
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The claims of a good access token that ends in an hour. */
export function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const nowSeconds = Math.floor((performance.timeOrigin + performance.now()) / 1000)
  return {
    sub: randomUUID(),
    role: 'USER',
    jti: randomUUID(),
    iss: 'ticket-queue',
    aud: 'ticket-queue',
    iat: nowSeconds,
    exp: nowSeconds + 3600,
    ...changes,
  }
}

/** A token signed by `key`, with whatever header and claims an attack needs. */
export function signToken(
  key: SigningKey,
  body: Record<string, unknown>,
  header: Record<string, unknown> = {},
): string {
  const text = `${base64url({ alg: 'EdDSA', typ: 'JWT', kid: key.kid, ...header })}.${base64url(body)}`
  return `${text}.${sign(null, Buffer.from(text), key.privateKey).toString('base64url')}`
}

/** A token signed with HMAC, as by somebody who takes the public key for a shared secret. */
export function hmacToken(
  secret: string | Buffer,
  body: Record<string, unknown>,
  header: Record<string, unknown>,
): string {
  const text = `${base64url({ alg: 'HS256', typ: 'JWT', ...header })}.${base64url(body)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

/** A token that says it needs no signature. */
export function unsignedToken(body: Record<string, unknown>, header: Record<string, unknown>): string {
  return `${base64url({ typ: 'JWT', ...header })}.${base64url(body)}.`
}
