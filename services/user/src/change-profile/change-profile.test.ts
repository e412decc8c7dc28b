import { expect, test } from 'vitest'
import { asBearer, outcome, testUserService } from '../test-user-service.ts'

const { app, db, deps, loggedIn } = await testUserService()

const change = (accessToken: string, fields: object) =>
  app.inject({ method: 'PATCH', url: '/users/me', headers: asBearer(accessToken), payload: fields })

test('what is given changes, the rest stays, and it is stored sealed with its look-up', async () => {
  const { id, email, accessToken } = await loggedIn()
  const answer = await change(accessToken, { phone: '+82 10-9999-8888' })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toMatchObject({ id, email, name: '김팬', phone: '01099998888' })
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect(JSON.stringify(row)).not.toContain('01099998888')
  expect(row.phone_lookup).toBe(deps.personalData.lookup('phone', '01099998888'))
  expect((await change(accessToken, { name: '이팬' })).json()).toMatchObject({ name: '이팬', phone: '01099998888' })
})

test('address, role and identity do not change this way', async () => {
  const { id, email, accessToken } = await loggedIn()
  const answer = await change(accessToken, { name: '이팬', email: 'x@ticketing.test', role: 'ADMIN', ci: 'forged' })
  expect(answer.json()).toMatchObject({ email, role: 'USER' })
  const row = await db.selectFrom('users').select(['ci', 'role']).where('id', '=', id).executeTakeFirstOrThrow()
  expect(deps.personalData.open(`users.ci:${id}`, row.ci ?? '')).toMatch(/^ci-/)
})

test('one person changes only themselves', async () => {
  const { accessToken } = await loggedIn()
  const other = await loggedIn()
  await change(accessToken, { id: other.id, userId: other.id, name: '이팬' })
  const headers = asBearer(other.accessToken)
  expect((await app.inject({ url: '/users/me', headers })).json()).toMatchObject({ name: '김팬' })
})

test.each([[{}], [{ name: '' }], [{ phone: 'none' }], [{ name: null }]])('refuses %j', async (fields) => {
  const { accessToken } = await loggedIn()
  expect(outcome(await change(accessToken, fields))).toBe('400 VALIDATION_FAILED')
})

test('who is not logged in or has withdrawn changes nothing', async () => {
  const { id, accessToken } = await loggedIn()
  const anonymous = await app.inject({ method: 'PATCH', url: '/users/me', payload: { name: '이팬' } })
  expect(outcome(anonymous)).toBe('401 UNAUTHENTICATED')
  await db.updateTable('users').set({ status: 'DELETED', deleted_at: new Date() }).where('id', '=', id).execute()
  expect(outcome(await change(accessToken, { name: '이팬' }))).toBe('401 SESSION_ENDED')
})
