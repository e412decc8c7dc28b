import { randomBytes } from 'node:crypto'
import type { OauthUser } from '../domain/book-event.ts'
import type { Provider } from '../domain/oauth-profile.ts'
import type { SignInDeps } from './sign-in-deps.ts'

/** The query of an authorization request, as far as it matters. */
export interface AuthorizeQuery {
  readonly client_id?: string | undefined
  readonly redirect_uri?: string | undefined
  readonly response_type?: string | undefined
  readonly scope?: string | undefined
  readonly state?: string | undefined
  readonly nonce?: string | undefined
  readonly code_challenge?: string | undefined
  readonly code_challenge_method?: string | undefined
  /** ID or e-mail address of the user who signs in at once. */
  readonly login_hint?: string | undefined
  /** Present: the first user signs in at once; `deny`: the user refuses at once. */
  readonly auto?: string | undefined
}

export type AuthorizeResult =
  | { readonly go: 'back'; readonly location: string }
  | { readonly go: 'choose'; readonly users: readonly OauthUser[] }
  /** An error that must not be sent to an address that nobody registered. */
  | { readonly go: 'error'; readonly status: number; readonly code: string; readonly message: string }

/** What the provider does with a browser that arrives to sign in. */
export function authorize(deps: SignInDeps, provider: Provider, query: AuthorizeQuery): AuthorizeResult {
  if (query.client_id !== deps.clients[provider].id) return { go: 'error', ...wrongClient[provider] }
  const redirectUri = registeredRedirectUri(deps, query.redirect_uri)
  if (redirectUri === undefined) return { go: 'error', ...wrongRedirect[provider] }
  const back = (answer: Record<string, string>) => backTo(redirectUri, answer, query.state)
  const mistake = mistakeIn(provider, query)
  if (mistake) return back(mistake)
  if (query.auto === 'deny') return back({ error: 'access_denied', error_description: 'User denied access' })
  const users = [...deps.books.users.values()].filter((user) => user.provider === provider)
  const user = chosenUser(users, query)
  return user ? back({ code: newCode(deps, user, query, redirectUri) }) : { go: 'choose', users }
}

const wrongClient = {
  kakao: { status: 400, code: 'KOE101', message: '잘못된 앱 키 타입을 사용하거나 앱 키에 오류가 있습니다.' },
  naver: { status: 400, code: 'invalid_request', message: 'client_id가 올바르지 않습니다.' },
  google: { status: 401, code: 'invalid_client', message: 'The OAuth client was not found.' },
}
const wrongRedirect = {
  kakao: { status: 400, code: 'KOE006', message: '등록하지 않은 리다이렉트 URI를 사용했습니다.' },
  naver: { status: 400, code: 'invalid_request', message: '서비스 설정에 오류가 있습니다: redirect_uri' },
  google: { status: 400, code: 'redirect_uri_mismatch', message: 'The redirect URI is not registered.' },
}

function registeredRedirectUri(deps: SignInDeps, uri: string | undefined): string | undefined {
  if (uri === undefined || !URL.canParse(uri) || !/^https?:$/.test(new URL(uri).protocol)) return undefined
  return deps.redirectUris.length === 0 || deps.redirectUris.includes(uri) ? uri : undefined
}

function mistakeIn(provider: Provider, query: AuthorizeQuery): Record<string, string> | undefined {
  if (query.response_type !== 'code') return { error: 'unsupported_response_type', error_description: 'response_type' }
  if (provider === 'naver' && !query.state) return { error: 'invalid_request', error_description: 'state is required' }
  if (provider === 'google' && !query.scope) return { error: 'invalid_request', error_description: 'Missing: scope' }
  const methods = provider === 'google' ? ['S256', 'plain'] : ['S256']
  const method = query.code_challenge_method ?? (provider === 'google' ? 'plain' : '')
  if (provider !== 'naver' && query.code_challenge !== undefined && !methods.includes(method)) {
    return { error: 'invalid_request', error_description: 'code_challenge_method' }
  }
  return undefined
}

function chosenUser(users: readonly OauthUser[], query: AuthorizeQuery): OauthUser | undefined {
  const hint = query.login_hint
  if (hint !== undefined) return users.find((user) => user.id === hint || user.email === hint)
  return query.auto === undefined ? undefined : users[0]
}

function newCode(deps: SignInDeps, user: OauthUser, query: AuthorizeQuery, redirectUri: string): string {
  const code = randomBytes(24).toString('base64url')
  deps.signIns.codes.set(code, {
    provider: user.provider,
    userId: user.id,
    clientId: deps.clients[user.provider].id,
    scopes: (query.scope ?? '').split(/[ ,]+/).filter((scope) => scope !== ''),
    nonce: query.nonce,
    authTime: Math.floor(deps.now() / 1000),
    redirectUri,
    // Naver does not know PKCE: it ignores the challenge and never asks for the verifier.
    ...(user.provider === 'naver'
      ? {}
      : { codeChallenge: query.code_challenge, codeChallengeMethod: query.code_challenge_method ?? 'plain' }),
  })
  return code
}

function backTo(redirectUri: string, answer: Record<string, string>, state: string | undefined): AuthorizeResult {
  const location = new URL(redirectUri)
  for (const [name, value] of Object.entries(answer)) location.searchParams.set(name, value)
  if (state !== undefined) location.searchParams.set('state', state)
  return { go: 'back', location: location.href }
}
