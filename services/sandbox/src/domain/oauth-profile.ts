import type { OauthUser } from './book-event.ts'

export type Provider = OauthUser['provider']

const pictureUrl = 'https://picture.sandbox.invalid/person.png'

/** Kakao's GET /v2/user/me: what the consent items in `scopes` cover, all of it when no scope was asked for. */
export function kakaoProfile(user: OauthUser, scopes: ReadonlySet<string>): Record<string, unknown> {
  const allowed = (scope: string) => scopes.size === 0 || scopes.has(scope)
  const profile = {
    nickname: user.nickname,
    thumbnail_image_url: pictureUrl,
    profile_image_url: pictureUrl,
    is_default_image: true,
    is_default_nickname: false,
  }
  return {
    id: Number(user.id),
    connected_at: `${user.connectedAt.slice(0, 19)}Z`,
    ...(allowed('profile_nickname') ? { properties: { nickname: user.nickname } } : {}),
    kakao_account: {
      ...(allowed('profile_nickname') ? { profile_nickname_needs_agreement: false, profile } : {}),
      ...(allowed('name') ? { name_needs_agreement: false, name: user.name } : {}),
      ...(allowed('account_email') ? kakaoEmail(user) : {}),
      ...(allowed('phone_number') ? kakaoPhone(user) : {}),
    },
  }
}

/** Naver's GET /v1/nid/me: wrapped, and without any word on whether the e-mail address is verified. */
export function naverProfile(user: OauthUser): Record<string, unknown> {
  const response = {
    id: user.id,
    nickname: user.nickname,
    name: user.name,
    email: user.email,
    gender: user.gender,
    birthday: user.birthday,
    birthyear: user.birthyear,
    mobile: user.phone,
    mobile_e164: user.phone?.replaceAll('-', '').replace(/^0/, '+82'),
    profile_image: pictureUrl,
  }
  return { resultcode: '00', message: 'success', response }
}

/** The claims of OpenID Connect about a user of Kakao or Google: in the id_token and at userinfo. */
export function oidcClaims(user: OauthUser, scopes: ReadonlySet<string>): Record<string, unknown> {
  if (user.provider === 'kakao') {
    return {
      ...(scopes.has('profile_nickname') ? { nickname: user.nickname, picture: pictureUrl } : {}),
      ...(scopes.has('account_email') ? { email: user.email } : {}),
    }
  }
  const [family = '', given = ''] = [user.name.slice(0, 1), user.name.slice(1)]
  return {
    ...(scopes.has('profile') ? { name: user.name, given_name: given, family_name: family, picture: pictureUrl } : {}),
    ...(scopes.has('email') ? { email: user.email, email_verified: user.emailVerified } : {}),
  }
}

function kakaoEmail(user: OauthUser): Record<string, unknown> {
  if (user.email === undefined) return { has_email: false }
  return {
    has_email: true,
    email_needs_agreement: false,
    is_email_valid: true,
    is_email_verified: user.emailVerified,
    email: user.email,
  }
}

function kakaoPhone(user: OauthUser): Record<string, unknown> {
  if (user.phone === undefined) return { has_phone_number: false }
  const phone = user.phone.replace(/^0/, '+82 ')
  return { has_phone_number: true, phone_number_needs_agreement: false, phone_number: phone }
}
