import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { ConfigError } from '@ticket-queue/service-kit'
import { expect, test } from 'vitest'
import { personalDataOf, readConfig, readCreateAdminConfig } from './config.ts'

const key = () => randomBytes(32).toString('base64')
const complete = {
  SERVICE_API_KEY: '5f0c1c1e-6f0a-4c59-8d3c-0d9f6a1b2c3d',
  DATABASE_URL: 'postgres://user_svc_user@127.0.0.1/ticketing',
  REDIS_URL: 'redis://127.0.0.1:6379',
  PORTONE_API_SECRET: 'secret',
  PORTONE_STORE_ID: 'store',
  RECAPTCHA_SECRET: 'secret',
  PII_KEYS: `new=${key()};old=${key()}`,
  PII_LOOKUP_KEY: key(),
  JWT_SIGNING_KEYS: JSON.stringify({
    keys: [{ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'a' }],
  }),
}
const without = (name: keyof typeof complete) => ({ ...complete, [name]: undefined })

test('the first personal data key is the one that seals', () => {
  const config = personalDataOf(readConfig(complete))
  expect(config.encryption === 'on' && config.keys.map(({ id }) => id)).toEqual(['new', 'old'])
})

test('personal data is never stored in plain text by omission', () => {
  expect(() => readConfig(without('PII_KEYS'))).toThrow(ConfigError)
  expect(() => readConfig(without('PII_LOOKUP_KEY'))).toThrow(ConfigError)
  expect(personalDataOf(readConfig({ ...without('PII_KEYS'), PII_ENCRYPTION: 'off' }))).toEqual({ encryption: 'off' })
})

test('what is wrong is named, what it holds is not', () => {
  const read = () =>
    readConfig({ ...complete, PII_KEYS: 'a=c2hvcnQ=', JWT_SIGNING_KEYS: '{"keys":[{"kid":"canary"}]}' })
  expect(read).toThrow(/PII_KEYS[\s\S]*JWT_SIGNING_KEYS|JWT_SIGNING_KEYS[\s\S]*PII_KEYS/)
  expect(read).not.toThrow(/canary|c2hvcnQ/)
})

test('the command makes an admin unless told otherwise, and holds to the password policy', () => {
  const admin = { ...complete, ADMIN_EMAIL: 'Admin@Ticketing.test', ADMIN_PASSWORD: 'Admin-ticket-1' }
  expect(readCreateAdminConfig(admin)).toMatchObject({ ADMIN_EMAIL: 'admin@ticketing.test', ADMIN_ROLE: 'ADMIN' })
  expect(() => readCreateAdminConfig({ ...admin, ADMIN_PASSWORD: 'short' })).toThrow(ConfigError)
})
