import { request } from 'undici'
import { z } from 'zod'

export interface CaptchaConfig {
  readonly verifyUrl: string
  readonly secret: string
  readonly timeoutMs: number
  /** A v3 answer below it is a robot; v2 answers have no score. */
  readonly scoreMin: number
  /** The sites whose solved puzzles count; empty where the key itself is bound to its domains. */
  readonly hostnames: readonly string[]
}

export type CaptchaVerdict = 'human' | 'robot' | 'unavailable'

/** What the person was doing: the names under which the site asks v3 for a token. */
export type CaptchaAction = 'signup' | 'login'

/** Asks whether a person solved the puzzle of `token`. A token is good for one question, whatever the answer. */
export type VerifyCaptcha = (token: string, action: CaptchaAction) => Promise<CaptchaVerdict>

const answerSchema = z.object({
  success: z.boolean(),
  score: z.number().optional(),
  hostname: z.string().optional(),
  action: z.string().optional(),
})

/**
 * Gives the check of reCAPTCHA tokens on the server (AUTH-003), v2 and v3.
 * It fails closed and never asks twice: siteverify spends the token at the first question, even if its answer is lost.
 */
export const createCaptchaVerifier =
  (config: CaptchaConfig, onError: (error: unknown) => void): VerifyCaptcha =>
  async (token, action) => {
    try {
      const response = await request(config.verifyUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ secret: config.secret, response: token }).toString(),
        signal: AbortSignal.timeout(config.timeoutMs),
      })
      if (response.statusCode !== 200) {
        await response.body.dump()
        throw new Error(`siteverify answered ${response.statusCode}`)
      }
      return judge(config, action, answerSchema.parse(await response.body.json()))
    } catch (error) {
      onError(error)
      return 'unavailable'
    }
  }

const judge = (config: CaptchaConfig, action: CaptchaAction, answer: z.infer<typeof answerSchema>): CaptchaVerdict => {
  if (!answer.success) return 'robot'
  if (answer.score !== undefined && answer.score < config.scoreMin) return 'robot'
  if (answer.action !== undefined && answer.action !== action) return 'robot'
  if (config.hostnames.length > 0 && !config.hostnames.includes(answer.hostname ?? '')) return 'robot'
  return 'human'
}
