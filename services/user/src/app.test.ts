import { expect, test } from 'vitest'
import { asBearer, passed, testUserService } from './test-user-service.ts'

const { app, providers, logged, post, signUpBody, logIn } = await testUserService({ CAPTCHA_TIMEOUT_MS: '300' })

test('no password, token, address, name or identity is ever logged, whatever happens', async () => {
  const identity = { name: '카나리아', phoneNumber: '01077778888', ci: 'canary-ci', di: 'canary-di' }
  const person = { email: 'canary@ticketing.test', password: 'canary-password', name: '카나리아', phone: '01077778888' }
  const body = { ...signUpBody(person), identityVerificationId: providers.verify(identity) }
  await post('/auth/signup', body)
  await post('/auth/signup', { ...body, recaptchaToken: passed() })
  await post('/auth/signup', { ...body, consents: 'wrong' })
  const tokens = (await logIn(person.email, person.password)).json<{ accessToken: string; refreshToken: string }>()
  await logIn(person.email, 'canary-wrong-password')
  providers.misbehave({ captcha: 'error', portone: 'error' })
  await logIn(person.email, person.password)
  await post('/auth/signup', { ...body, recaptchaToken: passed() })
  providers.misbehave({})
  await app.inject({ url: '/users/me', headers: asBearer(tokens.accessToken) })
  await post('/auth/refresh', { refreshToken: tokens.refreshToken })
  await post('/auth/refresh', { refreshToken: tokens.refreshToken })
  await post('/auth/logout', undefined, asBearer(tokens.accessToken))

  const text = logged.join('\n')
  expect(logged.length).toBeGreaterThan(10)
  const secrets = [...Object.values(person), 'canary', tokens.accessToken, tokens.refreshToken, body.recaptchaToken]
  for (const secret of secrets) expect(text).not.toContain(secret)
})

test('the document of the API names every route with its refusals', async () => {
  const document = (await app.inject({ url: '/openapi.json' })).json<{ paths: Record<string, object> }>()
  expect(Object.keys(document.paths).sort()).toEqual([
    '/auth/login',
    '/auth/logout',
    '/auth/refresh',
    '/auth/signup',
    '/auth/terms',
    '/users/me',
  ])
  expect(JSON.stringify(document)).toContain('EMAIL_TAKEN')
})
