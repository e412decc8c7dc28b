import { createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import type { AccessTokenClaims } from '@ticket-queue/contracts/http/user'
import type { Secrets } from '@ticket-queue/scripts/secrets'
import type { OwnPart } from '../load/job.ts'

/** Gives the access tokens that the user service would give: people of a bench need no sign-up. */
export interface Mint {
  token(userId: string): string
  readonly publicKeyPem: string
}

const tokenSeconds = 3_600

/** A mint with the system's own signing key. */
export function createMint({ keys }: Secrets['jwtSigningKeys']): Mint {
  const [jwk] = keys
  if (jwk === undefined) throw new Error('the system has no signing key')
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = encode({ alg: 'EdDSA', typ: 'JWT', kid: jwk.kid })
  const iat = Math.floor(Date.now() / 1_000)
  return {
    publicKeyPem: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    token(userId) {
      const names = { sub: userId, role: 'USER', jti: randomUUID(), iss: 'ticket-queue', aud: 'ticket-queue' } as const
      const claims: AccessTokenClaims = { ...names, iat, exp: iat + tokenSeconds }
      const text = `${header}.${encode(claims)}`
      return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
    },
  }
}

/** Writes what each person's request has of its own, for the load generator. */
export function writeOwnParts(file: string, userIds: readonly string[], partOf: (userId: string) => OwnPart): void {
  const handle = openSync(file, 'w')
  try {
    for (let at = 0; at < userIds.length; at += 1_000) {
      const lines = userIds.slice(at, at + 1_000).map((userId) => `${JSON.stringify(partOf(userId))}\n`)
      writeSync(handle, lines.join(''))
    }
  } finally {
    closeSync(handle)
  }
}
