import { expect, it } from 'vitest'
import { createVerifiedTokens } from './verified-tokens.ts'

const expiresAt = 4_102_444_800
const tokenOf = (name: string) => ({
  identity: { userId: name, role: 'USER' as const, tokenId: name, tokenExpiresAt: expiresAt },
  jti: name,
  expiresAt,
  kid: 'key-1',
  pem: 'pem',
})

it('of more tokens than there is room for, those verified first are forgotten, and no others', () => {
  const verified = createVerifiedTokens(3)
  for (const name of ['a', 'b', 'c', 'a', 'd']) verified.remember(`Bearer ${name}`, tokenOf(name))
  const found = ['a', 'b', 'c', 'd'].filter((name) => verified.find(`Bearer ${name}`) !== null)
  expect(found).toEqual(['a', 'c', 'd'])
})

it('a token is found by the whole header that brought it, and by nothing else', () => {
  const verified = createVerifiedTokens()
  verified.remember('Bearer a.b.c', tokenOf('me'))
  expect(verified.find('Bearer a.b.c')).toEqual(tokenOf('me'))
  for (const other of ['bearer a.b.c', 'Bearer a.b.d', 'a.b.c', '']) expect(verified.find(other)).toBeNull()
})
