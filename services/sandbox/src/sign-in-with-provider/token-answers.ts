import type { Provider } from '../domain/oauth-profile.ts'
import type { TokenRefusal, TokenResult, Tokens } from './redeem.ts'

/** An answer of a token endpoint. */
export interface TokenAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** The answer in the words of the provider. Naver answers errors with HTTP 200: only the body tells. */
export function tokenAnswer(provider: Provider, result: TokenResult): TokenAnswer {
  if ('refused' in result) return refusals[provider](result.refused)
  if ('deleted' in result) return { status: 200, body: { access_token: result.deleted, result: 'success' } }
  return { status: 200, body: successes[provider](result.tokens) }
}

const successes: Record<Provider, (tokens: Tokens) => Record<string, unknown>> = {
  kakao: (tokens) => ({
    token_type: 'bearer',
    access_token: tokens.accessToken,
    ...(tokens.idToken === undefined ? {} : { id_token: tokens.idToken }),
    expires_in: 21_599,
    refresh_token: tokens.refreshToken,
    refresh_token_expires_in: 5_183_999,
    scope: tokens.scopes.join(' '),
  }),
  naver: (tokens) => ({
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'bearer',
    // Naver documents a number and sends a string.
    expires_in: '3600',
  }),
  google: (tokens) => ({
    access_token: tokens.accessToken,
    expires_in: 3599,
    refresh_token: tokens.refreshToken,
    scope: tokens.scopes.join(' '),
    token_type: 'Bearer',
    ...(tokens.idToken === undefined ? {} : { id_token: tokens.idToken }),
  }),
}

const refusals: Record<Provider, (refusal: TokenRefusal) => TokenAnswer> = {
  kakao: (refusal) => {
    const [status, error, error_description, error_code] = kakaoErrors[refusal]
    return { status, body: { error, error_description, error_code } }
  },
  naver: (refusal) => {
    const [error, error_description] = naverErrors[refusal]
    return { status: 200, body: { error, error_description } }
  },
  google: (refusal) => {
    const [status, error, error_description] = googleErrors[refusal]
    return { status, body: { error, error_description } }
  },
}

const kakaoErrors: Record<TokenRefusal, [number, string, string, string]> = {
  client: [401, 'invalid_client', 'Not exist client_id or bad client credentials', 'KOE010'],
  'grant-type': [400, 'unsupported_grant_type', 'unsupported grant_type', 'KOE310'],
  code: [400, 'invalid_grant', 'authorization code not found', 'KOE320'],
  'redirect-uri': [400, 'invalid_grant', 'Redirect URI mismatch.', 'KOE303'],
  verifier: [400, 'invalid_grant', 'code_verifier mismatch', 'KOE320'],
  'refresh-token': [400, 'invalid_grant', 'refresh token not found or expired', 'KOE322'],
  'access-token': [400, 'invalid_grant', 'access token not found', 'KOE320'],
}

const naverErrors: Record<TokenRefusal, [string, string]> = {
  client: ['invalid_client', 'wrong client id / client secret pair'],
  'grant-type': ['unsupported_grant_type', 'unsupported grant_type'],
  code: ['invalid_request', 'no valid data in session'],
  'redirect-uri': ['invalid_request', 'wrong redirect_uri'],
  verifier: ['invalid_request', 'wrong code_verifier'],
  'refresh-token': ['invalid_request', 'invalid refresh_token'],
  'access-token': ['invalid_request', 'invalid access_token'],
}

const googleErrors: Record<TokenRefusal, [number, string, string]> = {
  client: [401, 'invalid_client', 'The OAuth client was not found.'],
  'grant-type': [400, 'unsupported_grant_type', 'Invalid grant_type'],
  code: [400, 'invalid_grant', 'Malformed auth code.'],
  'redirect-uri': [400, 'redirect_uri_mismatch', 'Bad Request'],
  verifier: [400, 'invalid_grant', 'Invalid code verifier.'],
  'refresh-token': [400, 'invalid_grant', 'Token has been expired or revoked.'],
  'access-token': [400, 'invalid_token', 'Token expired or revoked'],
}
