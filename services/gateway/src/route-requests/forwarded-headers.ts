import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** Belong to one connection (RFC 9110 §7.6.1); undici refuses some of them. */
const ofTheConnection = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Said by the gateway alone: who asks, for whom it speaks, where the request came from. */
const saidByUs = [
  /^x-user-/,
  /^x-service-/,
  /^x-token-/,
  /^x-forwarded/,
  /^x-real-ip$/,
  /^x-request-id$/,
  /^x-trace-id$/,
]
const notForServices = new Set(['authorization', 'forwarded', 'x-no-compression', 'x-http-method-override'])

/**
 * Gives the headers a service receives: the client's without those that only the gateway may say, in any spelling, and
 * then the gateway's own (GW-002, GW-009, GW-016). The access token stays here.
 */
export function headersForService(
  headers: IncomingHttpHeaders,
  request: Pick<FastifyRequest, 'identity' | 'id' | 'ip' | 'protocol' | 'host' | 'method'>,
  apiKey: string,
): IncomingHttpHeaders {
  const withoutBody = request.method === 'GET' || request.method === 'HEAD'
  const kept = Object.entries(headers).filter(
    ([name]) => mayPass(name) && !(withoutBody && (name === 'content-length' || name === 'content-type')),
  )
  return {
    ...Object.fromEntries(kept),
    ...identityHeaders(request.identity),
    'x-service-api-key': apiKey,
    'x-request-id': request.id,
    'x-forwarded-for': request.ip,
    'x-forwarded-proto': request.protocol,
    'x-forwarded-host': request.host,
  }
}

/** Gives what the client may see of a service's answer headers. */
export function headersForClient(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const hidden = new Set(['server', 'x-powered-by', 'x-request-id', 'x-trace-id'])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheConnection.has(name) && !hidden.has(name)))
}

/** Joins what a service's answer depends on with what it depends on here: one header would replace the other. */
export function withOurVary(headers: IncomingHttpHeaders, ours: unknown): IncomingHttpHeaders {
  if (headers.vary === undefined || ours === undefined) return headers
  const names = `${ours},${headers.vary}`.split(',').map((name) => name.trim())
  return { ...headers, vary: [...new Map(names.map((name) => [name.toLowerCase(), name])).values()].join(', ') }
}

function mayPass(name: string): boolean {
  // Some servers read an underscore as a dash, so X_User_Id could become X-User-Id further on.
  if (name.includes('_')) return false
  return !ofTheConnection.has(name) && !notForServices.has(name) && !saidByUs.some((pattern) => pattern.test(name))
}

function identityHeaders(identity: FastifyRequest['identity']): Record<string, string> {
  if (identity === null) return {}
  return {
    'x-user-id': identity.userId,
    'x-user-role': identity.role,
    ...(identity.tokenId === null ? {} : { 'x-token-id': identity.tokenId }),
    ...(identity.tokenExpiresAt === null ? {} : { 'x-token-expires-at': String(identity.tokenExpiresAt) }),
  }
}
