/** Gives a Korean or international telephone number as digits alone: `+82 10-1234-5678` and `010-1234-5678` are the same number. */
export const normalisePhone = (phone: string): string => {
  const digits = phone.replace(/[^\d+]/g, '')
  return digits.replace(/^(\+82|0082)0?/, '0').replace(/^\+/, '')
}

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
