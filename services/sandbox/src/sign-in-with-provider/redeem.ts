import { createHash, randomBytes } from 'node:crypto'
import type { OauthUser } from '../domain/book-event.ts'
import type { Provider } from '../domain/oauth-profile.ts'
import { userKey } from '../store/book-state.ts'
import type { Grant, PendingCode } from '../store/sign-ins.ts'
import type { SignInDeps } from './sign-in-deps.ts'

/** The form of a token request, and the client as it named itself there or in the Authorization header. */
export interface TokenForm {
  readonly grant_type?: string | undefined
  readonly client_id?: string | undefined
  readonly client_secret?: string | undefined
  readonly code?: string | undefined
  readonly redirect_uri?: string | undefined
  readonly code_verifier?: string | undefined
  readonly refresh_token?: string | undefined
  readonly access_token?: string | undefined
  readonly state?: string | undefined
}

export type TokenRefusal =
  | 'client'
  | 'grant-type'
  | 'code'
  | 'redirect-uri'
  | 'verifier'
  | 'refresh-token'
  | 'access-token'

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken?: string | undefined
  readonly scopes: readonly string[]
}

export type TokenResult = { tokens: Tokens } | { deleted: string } | { refused: TokenRefusal }

/** The token endpoint: a code for tokens, a refresh token for new ones, and Naver's `delete`, which ends an access token. */
export async function redeem(
  deps: SignInDeps,
  provider: Provider,
  form: TokenForm,
  issuer: string,
): Promise<TokenResult> {
  const client = deps.clients[provider]
  if (form.client_id !== client.id || form.client_secret !== client.secret) return { refused: 'client' }
  switch (form.grant_type) {
    case 'authorization_code':
      return redeemCode(deps, provider, form, issuer)
    case 'refresh_token':
      return redeemRefreshToken(deps, provider, form, issuer)
    case 'delete':
      return provider === 'naver' ? endAccess(deps, form) : { refused: 'grant-type' }
    default:
      return { refused: 'grant-type' }
  }
}

async function redeemCode(deps: SignInDeps, provider: Provider, form: TokenForm, issuer: string): Promise<TokenResult> {
  // Taken before it is checked, so that a stolen code cannot be tried twice.
  const pending = deps.signIns.codes.take(form.code ?? '')
  if (!pending || pending.provider !== provider) return { refused: 'code' }
  // Naver does not ask for the address again.
  if (provider !== 'naver' && pending.redirectUri !== form.redirect_uri) return { refused: 'redirect-uri' }
  if (!verifierFits(pending, form.code_verifier)) return { refused: 'verifier' }
  const { redirectUri: _uri, codeChallenge: _challenge, codeChallengeMethod: _method, ...grant } = pending
  return { tokens: await newTokens(deps, grant, issuer) }
}

async function redeemRefreshToken(
  deps: SignInDeps,
  provider: Provider,
  form: TokenForm,
  issuer: string,
): Promise<TokenResult> {
  const grant = deps.signIns.refreshTokens.get(form.refresh_token ?? '')
  if (!grant || grant.provider !== provider) return { refused: 'refresh-token' }
  return { tokens: await newTokens(deps, { ...grant, nonce: undefined }, issuer) }
}

function endAccess(deps: SignInDeps, form: TokenForm): TokenResult {
  const token = form.access_token ?? ''
  return deps.signIns.accessTokens.take(token) ? { deleted: token } : { refused: 'access-token' }
}

function verifierFits(pending: PendingCode, verifier: string | undefined): boolean {
  if (pending.codeChallenge === undefined) return true
  if (verifier === undefined) return false
  if (pending.codeChallengeMethod === 'plain') return verifier === pending.codeChallenge
  return createHash('sha256').update(verifier).digest('base64url') === pending.codeChallenge
}

async function newTokens(deps: SignInDeps, grant: Grant, issuer: string): Promise<Tokens> {
  const accessToken = randomBytes(32).toString('base64url')
  const refreshToken = randomBytes(32).toString('base64url')
  deps.signIns.accessTokens.set(accessToken, grant)
  deps.signIns.refreshTokens.set(refreshToken, grant)
  const user = userOf(deps, grant)
  const isOidc = grant.provider !== 'naver' && grant.scopes.includes('openid')
  const idToken = isOidc && user ? await deps.idTokens.sign(grant, user, issuer) : undefined
  return { accessToken, refreshToken, idToken, scopes: grant.scopes }
}

/** The user a grant is about. */
export function userOf(deps: SignInDeps, grant: Grant): OauthUser | undefined {
  return deps.books.users.get(userKey(grant.provider, grant.userId))
}
