import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'

/** Secrets by name, the one that signs first. */
export type SigningKeys = readonly { readonly id: string; readonly secret: Buffer }[]

/** Signs facts that people carry with them. */
export interface SignedTexts {
  sign(facts: object): string
  /** The facts in a text, or undefined if we have not signed it. */
  read(text: string): unknown
}

/** A text is `base64url(JSON).base64url(HMAC-SHA256)`. The first key signs, every key verifies, so that keys can be changed. */
export function createSignedTexts(keys: SigningKeys): SignedTexts {
  // A key made once: from a Buffer it would be made again for each text, at six times the cost of the HMAC itself.
  const secrets = keys.map(({ secret }) => createSecretKey(secret))
  const [signing] = secrets
  if (signing === undefined) throw new Error('there is no key to sign with')
  return {
    sign: (facts) => {
      const body = Buffer.from(JSON.stringify(facts)).toString('base64url')
      return `${body}.${macOf(signing, body)}`
    },
    read: (text) => {
      const [body = '', mac = '', ...rest] = text.split('.')
      if (rest.length > 0 || !secrets.some((secret) => isSame(macOf(secret, body), mac))) return undefined
      return JSON.parse(Buffer.from(body, 'base64url').toString())
    },
  }
}

/** Keys of their own for another purpose, so that nothing signed for one is ever taken for the other (NIST SP 800-108). */
export const keysFor = (purpose: string, keys: SigningKeys): SigningKeys =>
  keys.map(({ id, secret }) => ({ id, secret: createHmac('sha256', secret).update(purpose).digest() }))

const macOf = (secret: KeyObject, body: string): string => createHmac('sha256', secret).update(body).digest('base64url')

/** Compared as text: several texts decode to the same bytes, and only one of them is ours. */
const isSame = (ours: string, theirs: string): boolean => {
  const [one, other] = [Buffer.from(ours), Buffer.from(theirs)]
  return one.length === other.length && timingSafeEqual(one, other)
}
