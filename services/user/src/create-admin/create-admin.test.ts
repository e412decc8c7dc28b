import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { outcome, testSettings, testUserService } from '../test-user-service.ts'
import { createAdmin } from './create-admin.ts'

const { config, db, deps, post, signUp, logIn, loggedIn } = await testUserService()

let count = 0
const wanted = (fields: object = {}) => {
  count += 1
  const email = `admin-${count}@ticketing.test`
  return { email, password: 'Admin-ticket-1', role: 'ADMIN' as const, name: '관리자', phone: '01000000000', ...fields }
}

test('the account logs in as an admin, has agreed to what is required, and has no verified identity', async () => {
  const account = wanted()
  expect(await createAdmin(deps, account)).toBe('created')
  const answer = await logIn(account.email, account.password)
  const { accessToken } = answer.json<{ accessToken: string }>()
  expect(decodeJwt(accessToken)['role']).toBe('ADMIN')
  const id = String(decodeJwt(accessToken).sub)
  const consents = await db.selectFrom('consents').select('terms_id').where('user_id', '=', id).execute()
  expect(consents.map(({ terms_id }) => terms_id).sort()).toEqual(['privacy', 'service'])
})

test('repeated, it changes nothing and ends no session', async () => {
  const account = wanted()
  await createAdmin(deps, account)
  const { refreshToken } = (await logIn(account.email, account.password)).json<{ refreshToken: string }>()
  expect(await createAdmin(deps, account)).toBe('updated')
  expect(outcome(await post('/auth/refresh', { refreshToken }))).toBe('200')
})

test('a new password takes effect, ends the old sessions and opens a locked address', async () => {
  const account = wanted()
  await createAdmin(deps, account)
  const { refreshToken } = (await logIn(account.email, account.password)).json<{ refreshToken: string }>()
  for (let time = 0; time < 6; time += 1) await logIn(account.email, 'Fan-ticket-0')
  await createAdmin(deps, { ...account, password: 'Admin-ticket-2' })
  expect(outcome(await post('/auth/refresh', { refreshToken }))).toBe('401 REFRESH_REUSED')
  expect(outcome(await logIn(account.email, account.password))).toBe('401 INVALID_CREDENTIALS')
  expect(outcome(await logIn(account.email, 'Admin-ticket-2'))).toBe('200')
})

test('somebody who signed up becomes an admin and keeps their name and identity', async () => {
  const { id, email, password } = await loggedIn()
  await createAdmin(deps, wanted({ email, password }))
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect(row.role).toBe('ADMIN')
  expect(row.ci).not.toBeNull()
  expect(deps.personalData.open(`users.name:${id}`, row.name)).toBe('김팬')
})

test('started twice at once it makes one account', async () => {
  const account = wanted()
  const results = await Promise.all([createAdmin(deps, account), createAdmin(deps, account)])
  expect(results.sort()).toEqual(['created', 'updated'])
})

test('a withdrawn account stays withdrawn', async () => {
  const { id, email } = await signUp()
  await db.updateTable('users').set({ status: 'DELETED', deleted_at: new Date() }).where('id', '=', id).execute()
  await expect(createAdmin(deps, wanted({ email }))).rejects.toThrow('withdrawn')
})

const run = (environment: Record<string, string>) =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL('create-admin.main.ts', import.meta.url))], {
    env: environment,
  })

test('as a command it needs the settings of the service, an address and a password, and tells nothing of them', async () => {
  const settings = testSettings({
    databaseUrl: config.DATABASE_URL,
    redisUrl: config.REDIS_URL,
    providersUrl: 'http://x',
  })
  const account = { ADMIN_EMAIL: 'Command@Ticketing.test', ADMIN_PASSWORD: 'Canary-ticket-1' }
  for (const result of ['created', 'updated']) {
    const { stdout, stderr } = await run({ ...settings, ...account, ADMIN_ROLE: 'USER' })
    expect(stdout).toContain(result)
    expect(stdout + stderr).not.toMatch(/command@|canary/i)
  }
  await expect(run({ ...settings, ADMIN_EMAIL: 'x' })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/ADMIN_EMAIL[\s\S]*ADMIN_PASSWORD/),
  })
})
