import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16

export interface PersonalDataKey {
  readonly id: string
  /** 32 bytes. */
  readonly secret: Buffer
}

/** `off` is the plain-text layout of the source specification: columns hold what was given, look-ups are the value itself. */
export type PersonalDataConfig =
  | { readonly encryption: 'off' }
  | {
      readonly encryption: 'on'
      /** The first one seals; every one opens, so that a key can be replaced while rows of the old one remain. */
      readonly keys: readonly [PersonalDataKey, ...PersonalDataKey[]]
      /** Never rotated with `keys`: changing it would hide every account from its own e-mail address. */
      readonly lookupKey: Buffer
    }

export interface PersonalData {
  /** Gives the column text of `value`. `place` (such as `users.email:<id>`) must be the same to open it again. */
  seal(place: string, value: string): string
  /** Gives back what was sealed. Throws when the text was altered, moved to another place, or its key is not known. */
  open(place: string, sealed: string): string
  /** Gives the text by which equal values of one `kind` are found and kept unique. */
  lookup(kind: string, value: string): string
}

/**
 * Gives the encryption of personal data (data.md, user_service): AES-256-GCM as `kid.nonce.ciphertext+tag` in base64url,
 * and HMAC-SHA-256 for equality. Row and column are authenticated, so that a sealed text moved to another row does not open.
 */
export const createPersonalData = (config: PersonalDataConfig): PersonalData => {
  if (config.encryption === 'off') {
    return { seal: (_place, value) => value, open: (_place, sealed) => sealed, lookup: (_kind, value) => value }
  }
  const secrets = new Map(config.keys.map((key) => [key.id, key.secret]))
  const [current] = config.keys
  return {
    seal: (place, value) => `${current.id}.${encrypt(current.secret, place, value)}`,
    open: (place, sealed) => {
      const [id = '', nonce = '', body = ''] = sealed.split('.')
      const secret = secrets.get(id)
      if (!secret) throw new Error(`Personal data was sealed with the key "${id}", which PII_KEYS does not hold`)
      return decrypt(secret, place, Buffer.from(nonce, 'base64url'), Buffer.from(body, 'base64url'))
    },
    lookup: (kind, value) => createHmac('sha256', config.lookupKey).update(`${kind}\0${value}`).digest('base64url'),
  }
}

const encrypt = (secret: Buffer, place: string, value: string): string => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(place))
  const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${nonce.toString('base64url')}.${body.toString('base64url')}`
}

const decrypt = (secret: Buffer, place: string, nonce: Buffer, body: Buffer): string => {
  const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(place)).setAuthTag(body.subarray(-tagBytes))
  return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]).toString('utf8')
}
