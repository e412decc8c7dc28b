import { defineErrors } from '@ticket-queue/service-kit'

/** Every refusal of the user service. What a person reads is `title`; programs branch on the code. */
export const errors = defineErrors({
  CONSENT_INVALID: { status: 400, title: 'The consents do not fit the terms in force' },
  INVALID_CREDENTIALS: { status: 401, title: 'E-mail or password is wrong' },
  REFRESH_INVALID: { status: 401, title: 'The refresh token is unknown or has expired: log in again' },
  REFRESH_REUSED: { status: 401, title: 'The refresh token was used before, so its sessions have ended: log in again' },
  SESSION_ENDED: { status: 401, title: 'This account has no session any more: log in again' },
  EMAIL_TAKEN: { status: 409, title: 'This e-mail address already has an account' },
  IDENTITY_TAKEN: { status: 409, title: 'This person already has an account' },
  DORMANT: { status: 409, title: 'This account sleeps after a year without log-in: revive it first' },
  CAPTCHA_FAILED: { status: 422, title: 'The CAPTCHA was not passed, has expired or was used before' },
  IDENTITY_NOT_VERIFIED: { status: 422, title: 'The identity verification does not prove who is signing up' },
  LOCKED: { status: 423, title: 'Too many failed log-ins: try again later' },
  BUSY: { status: 503, title: 'Too many people are logging in at this moment: try again in some seconds' },
  CAPTCHA_UNAVAILABLE: { status: 503, title: 'The CAPTCHA cannot be checked at this moment' },
  IDENTITY_UNAVAILABLE: { status: 503, title: 'The identity verification cannot be checked at this moment' },
})
