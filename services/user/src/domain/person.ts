/** Gives a telephone number as digits alone, Korean ones as they are dialled there: `+82 10-1234-5678` is `01012345678`. */
export const normalisePhone = (phone: string): string =>
  phone.replace(/\D/g, '').replace(/^(?:00)?820?(?=\d{8,10}$)/, '0')

/** Gives a name in the spelling that is stored: trimmed, NFC, single spaces. */
export const normaliseName = (name: string): string => name.trim().normalize('NFC').replace(/\s+/g, ' ')

/**
 * Says whether the name and phone of a profile are those of the verified person (AUTH-004).
 * Not every identity provider tells the phone number; where it does not, the name alone decides.
 */
export const isSamePerson = (
  profile: { name: string; phone: string },
  verified: { name: string; phone: string | null },
): boolean => {
  const bare = (name: string) => normaliseName(name).replaceAll(' ', '').toLowerCase()
  if (bare(profile.name) !== bare(verified.name)) return false
  return verified.phone === null || normalisePhone(profile.phone) === normalisePhone(verified.phone)
}
