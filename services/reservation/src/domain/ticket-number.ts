import { randomInt } from 'node:crypto'

/** Crockford base 32: no I, L, O, U, so that a number read aloud at a gate is not misheard. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 16

/** A ticket number such as `T-7K3M-9QXW-2B4C-8N5R`: 80 random bits, so nobody guesses another one (RSV-010). */
export function makeTicketNumber(): string {
  const characters = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
  return `T-${characters.match(/.{4}/g)?.join('-')}`
}
