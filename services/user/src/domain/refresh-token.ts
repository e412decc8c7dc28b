import { createHash, randomBytes } from 'node:crypto'

/** Gives a new refresh token: 256 random bits, opaque. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url')

/** Gives what is stored of a refresh token. A slow hash would add nothing: nobody guesses 256 random bits. */
export const hashRefreshToken = (token: string): string => createHash('sha256').update(token).digest('hex')
