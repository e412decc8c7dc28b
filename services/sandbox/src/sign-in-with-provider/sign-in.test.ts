import { createHash } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { startSandbox, type TestSandbox } from '../test-sandbox.ts'

const redirectUri = 'https://tickets.test/auth/callback'
const verifier = 'verifier-of-at-least-forty-three-characters-x'
const challenge = createHash('sha256').update(verifier).digest('base64url')
type Provider = 'kakao' | 'naver' | 'google'

const scopes: Record<Provider, string> = {
  kakao: 'openid account_email profile_nickname name',
  naver: '',
  google: 'openid email profile',
}

async function authorize(sandbox: TestSandbox, provider: Provider, changes: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: `sandbox-${provider}`,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes[provider],
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    auto: '1',
    ...changes,
  })
  const answer = await sandbox.call('GET', `/oauth/${provider}/authorize?${query}`)
  const location = answer.headers.get('location')
  return { ...answer, back: location ? Object.fromEntries(new URL(location).searchParams) : {} }
}

function tokens(sandbox: TestSandbox, provider: Provider, changes: Record<string, string> = {}) {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: `sandbox-${provider}`,
    client_secret: `sandbox-${provider}-secret`,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    state: 'state-1',
    ...changes,
  })
  return sandbox.call('POST', `/oauth/${provider}/token`, form)
}

async function signIn(sandbox: TestSandbox, provider: Provider, changes: Record<string, string> = {}) {
  const { back } = await authorize(sandbox, provider, changes)
  return (await tokens(sandbox, provider, { code: back['code'] ?? '' })).body
}

const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` })

test.each(['kakao', 'google'] as const)(
  '%s: code with PKCE, then an id_token that the published keys verify, with the nonce',
  async (provider) => {
    const sandbox = await startSandbox()
    const { back } = await authorize(sandbox, provider)
    expect(back).toEqual({ code: expect.any(String), state: 'state-1' })
    const answer = await tokens(sandbox, provider, { code: back['code'] ?? '' })
    expect(answer.status).toBe(200)
    const config = (await sandbox.call('GET', `/oauth/${provider}/.well-known/openid-configuration`)).body
    const keys = createRemoteJWKSet(new URL(String(config['jwks_uri'])))
    const { payload, protectedHeader } = await jwtVerify(String(answer.body['id_token']), keys, {
      issuer: String(config['issuer']),
      audience: `sandbox-${provider}`,
    })
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    expect(payload).toMatchObject({ nonce: 'nonce-1', email: `fan@${provider}.sandbox.test` })
    const person = await sandbox.call('GET', new URL(String(config['userinfo_endpoint'])).pathname, undefined, {
      ...bearer(answer.body['access_token']),
    })
    expect(person.body).toMatchObject({ sub: payload.sub })
  },
)

test.each(['kakao', 'google'] as const)(
  '%s: another PKCE verifier is refused and spends the code',
  async (provider) => {
    const sandbox = await startSandbox()
    const { back } = await authorize(sandbox, provider)
    const code = back['code'] ?? ''
    const wrong = await tokens(sandbox, provider, {
      code,
      code_verifier: 'another-verifier-that-nobody-hashed-before-1',
    })
    expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await tokens(sandbox, provider, { code })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  },
)

test.each(['kakao', 'naver', 'google'] as const)('%s: a code is good once, and for ten minutes', async (provider) => {
  const sandbox = await startSandbox()
  const code = (await authorize(sandbox, provider)).back['code'] ?? ''
  expect((await tokens(sandbox, provider, { code })).body).toHaveProperty('access_token')
  expect((await tokens(sandbox, provider, { code })).body).toHaveProperty('error')
  const late = (await authorize(sandbox, provider)).back['code'] ?? ''
  sandbox.pass(601_000)
  expect((await tokens(sandbox, provider, { code: late })).body).toHaveProperty('error')
})

test('Kakao and Google refuse a wrong secret with 401 and another redirect address with 400', async () => {
  const sandbox = await startSandbox()
  for (const provider of ['kakao', 'google'] as const) {
    expect(await tokens(sandbox, provider, { client_secret: 'wrong', code: 'x' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    })
    const code = (await authorize(sandbox, provider)).back['code'] ?? ''
    const answer = await tokens(sandbox, provider, { code, redirect_uri: 'https://tickets.test/elsewhere' })
    expect(answer).toMatchObject({ status: 400, body: { error: expect.any(String) } })
  }
  expect((await tokens(sandbox, 'kakao', { code: 'x' })).body).toMatchObject({ error_code: 'KOE320' })
})

test('Google takes the client in the Authorization header too, Kakao only in the form', async () => {
  const sandbox = await startSandbox()
  const post = async (provider: Provider) => {
    const code = (await authorize(sandbox, provider)).back['code'] ?? ''
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: verifier, code }
    const client = Buffer.from(`sandbox-${provider}:sandbox-${provider}-secret`).toString('base64')
    const headers = { authorization: `Basic ${client}` }
    return sandbox.call('POST', `/oauth/${provider}/token`, new URLSearchParams(form), headers)
  }
  expect((await post('google')).status).toBe(200)
  expect((await post('kakao')).status).toBe(401)
})

test('Naver answers errors with HTTP 200, sends expires_in as text, and ends a token with delete', async () => {
  const sandbox = await startSandbox()
  expect(await tokens(sandbox, 'naver', { code: 'x' })).toMatchObject({
    status: 200,
    body: { error: expect.any(String), error_description: expect.any(String) },
  })
  const given = await signIn(sandbox, 'naver')
  expect(given).toMatchObject({ token_type: 'bearer', expires_in: '3600', refresh_token: expect.any(String) })
  expect(given).not.toHaveProperty('id_token')
  const access = String(given['access_token'])
  const form = { grant_type: 'delete', access_token: access, service_provider: 'NAVER' }
  expect((await tokens(sandbox, 'naver', form)).body).toEqual({ access_token: access, result: 'success' })
  const after = await sandbox.call('GET', '/oauth/naver/userinfo', undefined, bearer(access))
  expect(after).toMatchObject({ status: 401, body: { resultcode: '024' } })
  const noState = await authorize(sandbox, 'naver', { state: '' })
  expect(noState.back).toMatchObject({ error: 'invalid_request' })
})

test('each provider tells about a person in its own shape', async () => {
  const sandbox = await startSandbox()
  const person = {
    ...{ email: 'ji@example.test', name: '박지은', nickname: '지은', phone: '010-1234-5678' },
    ...{ birthyear: '1999', birthday: '02-03', gender: 'F' },
  }
  const read = async (provider: Provider, extra: Record<string, unknown> = {}) => {
    const added = await sandbox.call('POST', '/sandbox/oauth-users', { provider, ...person, ...extra })
    expect(added.status).toBe(201)
    const given = await signIn(sandbox, provider, { login_hint: String(added.body['id']) })
    const answer = await sandbox.call('GET', `/oauth/${provider}/userinfo`, undefined, bearer(given['access_token']))
    return { id: added.body['id'], body: answer.body }
  }
  const kakao = await read('kakao', { emailVerified: false })
  expect(kakao.body).toMatchObject({
    id: Number(kakao.id),
    kakao_account: {
      ...{ email: person.email, is_email_valid: true, is_email_verified: false, name: person.name },
      profile: { nickname: person.nickname },
    },
  })
  expect(kakao.body['kakao_account']).not.toHaveProperty('phone_number')
  const naver = await read('naver')
  expect(naver.body).toMatchObject({
    resultcode: '00',
    response: { id: naver.id, email: person.email, gender: 'F', birthday: '02-03', mobile: person.phone },
  })
  const google = await read('google')
  expect(google.body).toMatchObject({ sub: google.id, email: person.email, email_verified: true, family_name: '박' })
})

test('a refresh token gives new tokens, an unknown access token none', async () => {
  const sandbox = await startSandbox()
  for (const provider of ['kakao', 'naver', 'google'] as const) {
    const given = await signIn(sandbox, provider)
    const form = { grant_type: 'refresh_token', refresh_token: String(given['refresh_token']) }
    const renewed = (await tokens(sandbox, provider, form)).body
    expect(renewed['access_token']).not.toBe(given['access_token'])
    const unknown = await sandbox.call('GET', `/oauth/${provider}/userinfo`, undefined, bearer('guess'))
    expect(unknown.status).toBe(401)
  }
})

test('without a hint a person picks on a page, and can refuse', async () => {
  const sandbox = await startSandbox()
  const query = { client_id: 'sandbox-kakao', redirect_uri: redirectUri, response_type: 'code', state: '<s>' }
  const page = await sandbox.call('GET', `/oauth/kakao/authorize?${new URLSearchParams(query)}`)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.text).not.toContain('<s>')
  const links = [...page.text.matchAll(/href="([^"]+)"/g)].map((match) => match[1]?.replaceAll('&amp;', '&') ?? '')
  const [first, refuse] = await Promise.all([links.at(0), links.at(-1)].map((link) => sandbox.call('GET', link ?? '')))
  expect(new URL(first?.headers.get('location') ?? '').searchParams.get('code')).not.toBeNull()
  expect(new URL(refuse?.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied')
})

test('an unknown client or an address nobody registered is never sent back to', async () => {
  const sandbox = await startSandbox({ OAUTH_REDIRECT_URIS: redirectUri })
  for (const changes of [
    { client_id: 'other' },
    { redirect_uri: 'https://evil.test/callback' },
    { redirect_uri: 'javascript:alert(1)' },
  ]) {
    const answer = await authorize(sandbox, 'kakao', changes)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
  }
  expect((await authorize(sandbox, 'kakao', { redirect_uri: 'https://evil.test/' })).text).toContain('KOE006')
  expect((await authorize(sandbox, 'google', { response_type: 'token' })).back).toMatchObject({
    error: 'unsupported_response_type',
  })
})

test('what cannot be read is invalid_request, and an unknown provider too', async () => {
  const sandbox = await startSandbox()
  const long = await authorize(sandbox, 'google', { state: 'x'.repeat(4001) })
  expect(long).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  expect(await sandbox.call('POST', '/oauth/github/token', '')).toMatchObject({
    status: 400,
    body: { error: 'invalid_request' },
  })
})
