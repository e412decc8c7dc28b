import { jsonWebKeySetSchema } from '@ticket-queue/contracts/http/user'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { gatewayHeaders, outcome, testUserService } from '../test-user-service.ts'

const { app, internalApp, loggedIn } = await testUserService()

test('what is published verifies the tokens of log-in and signs nothing', async () => {
  const { accessToken } = await loggedIn()
  const answer = await internalApp.inject({ url: '/internal/keys', headers: gatewayHeaders })
  expect(answer.statusCode).toBe(200)
  const keys = jsonWebKeySetSchema.parse(answer.json())
  for (const key of keys.keys) expect(key).not.toHaveProperty('d')
  await expect(jwtVerify(accessToken, createLocalJWKSet(keys))).resolves.toBeDefined()
})

test('only services with a key are answered, and not on the public port', async () => {
  expect(outcome(await internalApp.inject({ url: '/internal/keys' }))).toBe('401 SERVICE_KEY_INVALID')
  expect(outcome(await app.inject({ url: '/internal/keys', headers: gatewayHeaders }))).toBe('404 NOT_FOUND')
})
