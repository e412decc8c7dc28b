import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { expect, inject, test } from 'vitest'
import { createDatabase } from './database.ts'
import { scramVerifier } from './scram.ts'

test('a role whose password was sent as a verifier logs in with it and with no other', async () => {
  const { databaseUrl } = inject('stack')
  const owner = createDatabase<Record<never, never>>({ url: databaseUrl, poolMax: 1 })
  const role = `scratch_${randomBytes(6).toString('hex')}`
  const password = "it's a \\ long: password/%"
  const logIn = async (secret: string) => {
    const url = new URL(databaseUrl)
    url.username = role
    url.password = encodeURIComponent(secret)
    const { check, close } = createDatabase<Record<never, never>>({ url: url.href, poolMax: 1 })
    await check().finally(close)
  }
  await sql`CREATE ROLE ${sql.id(role)} LOGIN PASSWORD ${sql.lit(scramVerifier(password))}`.execute(owner.db)
  try {
    await expect(logIn(password)).resolves.toBeUndefined()
    await expect(logIn('another')).rejects.toMatchObject({ code: '28P01' })
  } finally {
    await sql`DROP ROLE ${sql.id(role)}`.execute(owner.db)
    await owner.close()
  }
})

test('a password that two programs could normalise differently is refused', () => {
  expect(() => scramVerifier('비밀번호')).toThrow('printable ASCII')
  expect(() => scramVerifier('')).toThrow('printable ASCII')
})
