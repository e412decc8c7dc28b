import { z } from 'zod'
import { emailCharactersMax, normaliseEmail } from './email.ts'
import { judgePassword, normalisePassword } from './password-policy.ts'
import { normaliseName, normalisePhone } from './person.ts'

const passwordMessages = {
  TOO_SHORT: 'A password has at least 8 characters.',
  TOO_LONG: 'A password has at most 72 bytes (24 Hangul syllables).',
  NUL_CHARACTER: 'A password has no NUL characters.',
} as const

const withoutControls = (text: string) => !/\p{Cc}/u.test(text)

/** An e-mail address, normalised. */
export const emailSchema = z
  .string()
  .max(emailCharactersMax * 2)
  .transform(normaliseEmail)
  .pipe(z.email().max(emailCharactersMax))

/** A password somebody chooses, normalised and within the policy. */
export const newPasswordSchema = z
  .string()
  .max(1024)
  .transform(normalisePassword)
  .superRefine((password, context) => {
    const found = judgePassword(password)
    if (found) context.addIssue({ code: 'custom', message: passwordMessages[found] })
  })

/** A person's name, normalised. */
export const nameSchema = z
  .string()
  .max(200)
  .refine(withoutControls, 'A name has no control characters.')
  .transform(normaliseName)
  .pipe(z.string().min(1).max(50))

/** A telephone number, as digits. */
export const phoneSchema = z
  .string()
  .max(40)
  .regex(/^\+?[\d\s().-]+$/, 'A telephone number has digits, spaces, dots, hyphens and brackets.')
  .transform(normalisePhone)
  .pipe(z.string().regex(/^\d{8,15}$/, 'A telephone number has 8 to 15 digits.'))

/** What a CAPTCHA gives the browser. */
export const recaptchaTokenSchema = z.string().min(1).max(4096)

/** A password somebody tries: whatever is not theirs is simply wrong, so that nothing is told about the policy. */
export const triedPasswordSchema = z.string().min(1).max(1024).transform(normalisePassword)

/** What log-in and refresh answer (AUTH-011). `expiresIn` is in seconds. */
export const tokensSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.int(),
  tokenType: z.literal('Bearer'),
})
