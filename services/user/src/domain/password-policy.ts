/** bcrypt reads 72 bytes and ignores the rest, so a longer password would be accepted by its beginning alone. */
export const passwordBytesMax = 72
export const passwordCharactersMin = 8

export type PasswordProblem = 'TOO_SHORT' | 'TOO_LONG' | 'NUL_CHARACTER'

/** Gives the spelling that is hashed: NFC, because keyboards differ in how they compose Hangul. */
export const normalisePassword = (password: string): string => password.normalize('NFC')

/** Says what is wrong with a normalised password, or null (AUTH-014). */
export const judgePassword = (password: string): PasswordProblem | null => {
  if (password.includes('\0')) return 'NUL_CHARACTER'
  if ([...password].length < passwordCharactersMin) return 'TOO_SHORT'
  if (Buffer.byteLength(password, 'utf8') > passwordBytesMax) return 'TOO_LONG'
  return null
}
