import type { UsedTokens } from '../store/used-tokens.ts'

export interface VerifyCaptchaDeps {
  readonly usedTokens: UsedTokens
  readonly recaptchaSecret: string
  readonly recaptchaHostname: string
  /** Unix ms. */
  readonly now: () => number
}

/** Google's answer; it comes with HTTP 200 whatever it says. */
export interface CaptchaAnswer {
  readonly success: boolean
  readonly challenge_ts?: string
  readonly hostname?: string
  readonly score?: number
  readonly action?: string
  readonly 'error-codes'?: readonly string[]
}

const scoreFormat = /^score:(0(?:\.\d+)?|1(?:\.0+)?)(?::([\w/]+))?/
const passScore = 0.9

/**
 * Google's siteverify for tokens made up by a test: `pass…` passes, `fail…` fails, `score:0.3:login…` passes with that v3
 * score and action. Every token that is good is good once.
 */
export function verifyCaptcha(
  deps: VerifyCaptchaDeps,
  form: { secret?: string | undefined; response?: string | undefined },
): CaptchaAnswer {
  const { secret, response } = form
  const failures = [
    ...(secret === undefined || secret === '' ? ['missing-input-secret'] : []),
    ...(secret !== undefined && secret !== '' && secret !== deps.recaptchaSecret ? ['invalid-input-secret'] : []),
    ...(response === undefined || response === '' ? ['missing-input-response'] : []),
  ]
  if (failures.length > 0) return { success: false, 'error-codes': failures }
  const token = response ?? ''
  const scored = scoreFormat.exec(token)
  if (!scored && !token.startsWith('pass')) return { success: false, 'error-codes': ['invalid-input-response'] }
  if (!deps.usedTokens.use(token)) return { success: false, 'error-codes': ['timeout-or-duplicate'] }
  return {
    success: true,
    challenge_ts: new Date(deps.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    hostname: deps.recaptchaHostname,
    score: scored ? Number(scored[1]) : passScore,
    ...(scored?.[2] === undefined ? {} : { action: scored[2] }),
  }
}
