import { isIP } from 'node:net'

const userAgentCharactersMax = 512

/** Gives where a request comes from, as far as it tells the truth; an address that is none is left out. */
export const deviceOf = (request: {
  readonly ip: string
  readonly headers: { readonly 'user-agent'?: string | undefined }
}): { ip: string | null; userAgent: string | null } => ({
  ip: isIP(request.ip) === 0 ? null : request.ip,
  userAgent: request.headers['user-agent']?.slice(0, userAgentCharactersMax) ?? null,
})
