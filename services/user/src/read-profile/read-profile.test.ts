import { expect, test } from 'vitest'
import { asBearer, outcome, testUserService } from '../test-user-service.ts'

const { app, db, loggedIn } = await testUserService()

const read = (headers: Record<string, string>) => app.inject({ url: '/users/me', headers })

test('everybody reads their own profile, in clear and without CI, DI or password', async () => {
  const { id, email, accessToken } = await loggedIn()
  await loggedIn()
  const answer = await read(asBearer(accessToken))
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.json()).toEqual({
    id,
    email,
    name: '김팬',
    phone: '01012345678',
    role: 'USER',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  })
})

test('who is not logged in reads nothing', async () => {
  const { id } = await loggedIn()
  expect(outcome(await read({}))).toBe('401 UNAUTHENTICATED')
  expect(outcome(await read({ 'x-user-id': id, 'x-user-role': 'ADMIN' }))).toBe('401 UNAUTHENTICATED')
})

test('an account that has been withdrawn since is asked to log in again', async () => {
  const { id, accessToken } = await loggedIn()
  await db.updateTable('users').set({ status: 'DELETED', deleted_at: new Date() }).where('id', '=', id).execute()
  expect(outcome(await read(asBearer(accessToken)))).toBe('401 SESSION_ENDED')
})
