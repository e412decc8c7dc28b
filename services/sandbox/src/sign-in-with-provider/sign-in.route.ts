import type { App } from '@ticket-queue/service-kit'
import type { FastifyError, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Provider } from '../domain/oauth-profile.ts'
import { authorize } from './authorize.ts'
import { choosePage, mistakePage } from './choose-page.ts'
import { readProfile } from './read-profile.ts'
import { redeem } from './redeem.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { tokenAnswer } from './token-answers.ts'

const paramsSchema = z.object({ provider: z.enum(['kakao', 'naver', 'google']) })
const text = z.string().max(4000).optional()
const authorizeSchema = z.object({
  client_id: text,
  redirect_uri: text,
  response_type: text,
  scope: text,
  state: text,
  nonce: text,
  code_challenge: text,
  code_challenge_method: text,
  login_hint: text,
  auto: text,
})
const tokenSchema = z
  .object({
    grant_type: text,
    client_id: text,
    client_secret: text,
    code: text,
    redirect_uri: text,
    code_verifier: text,
    refresh_token: text,
    access_token: text,
    state: text,
  })
  .prefault({})

/** /oauth/{kakao,naver,google}/authorize, token and userinfo. */
export function signInRoute(scope: App, deps: SignInDeps): void {
  const path = '/oauth/:provider'
  scope.setErrorHandler((error: FastifyError, _request, reply) => {
    if ((error.statusCode ?? 500) >= 500) throw error
    return reply.code(400).send({ error: 'invalid_request', error_description: error.message })
  })
  scope.get(
    `${path}/authorize`,
    { schema: { params: paramsSchema, querystring: authorizeSchema } },
    async (request, reply) => {
      const { provider } = request.params
      const result = authorize(deps, provider, request.query)
      if (result.go === 'back') return reply.redirect(result.location, 302)
      reply.type('text/html; charset=utf-8')
      if (result.go === 'choose') return reply.send(choosePage(provider, result.users, request.url))
      return reply.code(result.status).send(mistakePage(provider, result))
    },
  )
  scope.post(`${path}/token`, { schema: { params: paramsSchema, body: tokenSchema } }, async (request, reply) => {
    const { provider } = request.params
    const client = provider === 'google' ? basicClient(request.headers.authorization) : {}
    const form = { ...request.body, ...client }
    const answer = tokenAnswer(provider, await redeem(deps, provider, form, issuerOf(request, provider)))
    return reply.code(answer.status).header('cache-control', 'no-store').send(answer.body)
  })
  const readUser = async (provider: Provider, kind: 'own' | 'oidc', request: FastifyRequest) =>
    readProfile(deps, provider, kind, request.headers.authorization)
  scope.get(`${path}/userinfo`, { schema: { params: paramsSchema } }, async (request, reply) => {
    const answer = await readUser(request.params.provider, 'own', request)
    return reply.code(answer.status).send(answer.body)
  })
  scope.get('/oauth/kakao/v1/oidc/userinfo', async (request, reply) => {
    const answer = await readUser('kakao', 'oidc', request)
    return reply.code(answer.status).send(answer.body)
  })
}

const oidcSchema = z.object({ provider: z.enum(['kakao', 'google']) })

/** Discovery and keys of the two that have them: Kakao and Google. */
export function discoveryRoute(scope: App, deps: SignInDeps): void {
  scope.get('/oauth/:provider/.well-known/openid-configuration', { schema: { params: oidcSchema } }, async (request) =>
    discoveryOf(request.params.provider, issuerOf(request, request.params.provider)),
  )
  scope.get('/oauth/:provider/jwks', { schema: { params: oidcSchema } }, () => deps.idTokens.keySet())
}

/** The issuer is the address by which the caller reached the sandbox, so that it is right on any host and port. */
function issuerOf(request: FastifyRequest, provider: Provider): string {
  return `${request.protocol}://${request.host}/oauth/${provider}`
}

function discoveryOf(provider: 'kakao' | 'google', issuer: string): Record<string, unknown> {
  const google = provider === 'google'
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: google ? `${issuer}/userinfo` : `${issuer}/v1/oidc/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    token_endpoint_auth_methods_supported: google
      ? ['client_secret_post', 'client_secret_basic']
      : ['client_secret_post'],
    subject_types_supported: google ? ['public'] : ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    request_uri_parameter_supported: false,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: google ? ['plain', 'S256'] : ['S256'],
    scopes_supported: google ? ['openid', 'email', 'profile'] : ['openid'],
  }
}

function basicClient(header: string | undefined): { client_id?: string; client_secret?: string } {
  if (!header?.startsWith('Basic ')) return {}
  const [id = '', secret = ''] = Buffer.from(header.slice(6), 'base64').toString().split(':')
  return { client_id: decodeURIComponent(id), client_secret: decodeURIComponent(secret) }
}
