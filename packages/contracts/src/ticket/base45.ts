/** RFC 9285: the 45 characters that a QR code's alphanumeric mode packs into 5.5 bits each. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const base = alphabet.length

/** Base 45 of an even number of bytes: three characters for two bytes. */
export function writeBase45(bytes: Uint8Array): string {
  if (bytes.length % 2 !== 0) throw new Error('an odd number of bytes has no place in a ticket code')
  let text = ''
  for (let index = 0; index < bytes.length; index += 2) {
    const pair = (bytes[index] ?? 0) * 256 + (bytes[index + 1] ?? 0)
    text += characterOf(pair) + characterOf(pair / base) + characterOf(pair / base ** 2)
  }
  return text
}

/** The bytes of `text`, or null for what is not base 45 of an even number of bytes: each text has one meaning at most. */
export function readBase45(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 3 !== 0) return null
  const bytes = new Uint8Array((text.length / 3) * 2)
  for (let index = 0; index < text.length; index += 3) {
    const digits = [0, 1, 2].map((place) => alphabet.indexOf(text.charAt(index + place)))
    const pair = digits.reduce((sum, digit, place) => sum + digit * base ** place, 0)
    if (digits.includes(-1) || pair > 0xffff) return null
    bytes[(index / 3) * 2] = pair >> 8
    bytes[(index / 3) * 2 + 1] = pair & 0xff
  }
  return bytes
}

const characterOf = (value: number): string => alphabet.charAt(Math.floor(value) % base)
