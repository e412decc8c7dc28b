import { kakaoProfile, naverProfile, oidcClaims, type Provider } from '../domain/oauth-profile.ts'
import { userOf } from './redeem.ts'
import type { SignInDeps } from './sign-in-deps.ts'

/**
 * What a provider tells about the user of the access token in `authorization` (`Bearer …`), in its own shape, or its own
 * refusal. `kind` chooses between Kakao's two calls.
 */
export function readProfile(
  deps: SignInDeps,
  provider: Provider,
  kind: 'own' | 'oidc',
  authorization: string | undefined,
): { status: number; body: Record<string, unknown> } {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
  const grant = deps.signIns.accessTokens.get(token)
  const user = grant?.provider === provider ? userOf(deps, grant) : undefined
  if (!grant || !user) return { status: 401, body: refusals[provider] }
  const scopes = new Set(grant.scopes)
  if (provider === 'naver') return { status: 200, body: naverProfile(user) }
  if (provider === 'kakao' && kind === 'own') return { status: 200, body: kakaoProfile(user, scopes) }
  return { status: 200, body: { sub: user.id, ...oidcClaims(user, scopes) } }
}

const refusals: Record<Provider, Record<string, unknown>> = {
  kakao: { msg: 'this access token does not exist', code: -401 },
  naver: { resultcode: '024', message: 'Authentication failed (인증 실패하였습니다.)' },
  google: { error: 'invalid_request', error_description: 'Invalid Credentials' },
}
