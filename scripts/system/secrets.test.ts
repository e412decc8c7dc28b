import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { keptSecrets, makeSecrets } from './secrets.ts'

const directory = mkdtempSync(join(tmpdir(), 'secrets-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('secrets are made once and kept', () => {
  const file = join(directory, 'new', 'secrets.json')
  const made = keptSecrets(file, {})
  expect(keptSecrets(file, {})).toEqual(made)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a file of before tickets had keys keeps what it has, gets keys, and keeps those too', () => {
  const file = join(directory, 'old.json')
  const { ticketSigningKeys: _, queueTicketKey: __, ...before } = makeSecrets()
  writeFileSync(file, JSON.stringify(before), { mode: 0o600 })
  const completed = keptSecrets(file, {})
  expect(completed).toMatchObject(before)
  expect(completed.ticketSigningKeys.keys[0]?.kid).toMatch(/^[0-9A-F]{8}$/)
  expect(keptSecrets(file, {})).toEqual(completed)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(completed)
})
