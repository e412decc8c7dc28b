/** The longest address SMTP can carry in a path (RFC 5321 §4.5.3.1.3), in characters. */
export const emailCharactersMax = 254

/** Gives the one spelling under which an address is stored and looked up: trimmed, NFC, lower case. */
export const normaliseEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase()
