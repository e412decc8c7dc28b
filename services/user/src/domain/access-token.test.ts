import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { accessTokenClaimsSchema } from '@ticket-queue/contracts/http/user'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { createAccessTokenSigner, publicKeysOf, signingKeysSchema } from './access-token.ts'

const newKey = (kid: string) => ({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid })
const facts = { userId: randomUUID(), role: 'USER', tokenId: randomUUID(), issuedAt: new Date() } as const

test('a token is signed with the first key, lives one hour and has exactly the claims of the contract', async () => {
  const keys = signingKeysSchema.parse({ keys: [newKey('new'), newKey('old')] })
  const token = await (await createAccessTokenSigner(keys))(facts)
  const { payload } = await jwtVerify(token, createLocalJWKSet(publicKeysOf(keys)), { algorithms: ['EdDSA'] })
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: 'new' })
  const claims = accessTokenClaimsSchema.strict().parse(payload)
  expect(claims.exp - claims.iat).toBe(3600)
  expect(claims).toMatchObject({ sub: facts.userId, role: 'USER', jti: facts.tokenId })
})

test('a token of the key before still verifies with what is published', async () => {
  const old = newKey('old')
  const token = await (await createAccessTokenSigner(signingKeysSchema.parse({ keys: [old] })))(facts)
  const { d: _private, ...retired } = old
  const keys = signingKeysSchema.parse({ keys: [newKey('new'), retired] })
  await expect(jwtVerify(token, createLocalJWKSet(publicKeysOf(keys)))).resolves.toBeDefined()
})

test('no private part is published', () => {
  const published = publicKeysOf(signingKeysSchema.parse({ keys: [newKey('a'), newKey('b')] }))
  for (const key of published.keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
})

test('a set without private key, with two keys of one kid, or of another curve is refused', () => {
  const { d: _private, ...retired } = newKey('old')
  expect(signingKeysSchema.safeParse({ keys: [] }).success).toBe(false)
  expect(signingKeysSchema.safeParse({ keys: [retired] }).success).toBe(false)
  expect(signingKeysSchema.safeParse({ keys: [newKey('a'), newKey('a')] }).success).toBe(false)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  expect(signingKeysSchema.safeParse({ keys: [{ ...other, kid: 'a' }] }).success).toBe(false)
})
