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
const saidByUs = /^x-(?:user-|service-|token-|forwarded|real-ip$|request-id$|trace-id$)/
/** `host` is that of the service, which the connection to it adds. */
const notForServices = new Set(['authorization', 'forwarded', 'host', 'x-no-compression', 'x-http-method-override'])
/** Said of the body that is sent, which is none for GET and HEAD. */
const ofTheBody = new Set(['content-length', 'content-type'])
const notForClients = new Set(['server', 'x-powered-by', 'x-request-id', 'x-trace-id'])

type Asked = Pick<FastifyRequest, 'identity' | 'id' | 'ip' | 'protocol' | 'host' | 'method' | 'headers' | 'body'>

/**
 * Gives the headers a service receives, names and values in turn: the client's without those that only the gateway may say, in any
 * spelling, and then the gateway's own (GW-002, GW-009, GW-016). The access token stays here.
 */
export function headersForService(request: Asked, apiKey: string): string[] {
  const { headers, identity } = request
  const named = namedByConnection(headers.connection)
  const sent: string[] = []
  for (const name in headers) {
    if (!mayPass(name) || ofTheBody.has(name) || named?.has(name)) continue
    const value = headers[name]
    if (typeof value === 'string') sent.push(name, value)
    else for (const one of value ?? []) sent.push(name, one)
  }
  if (Buffer.isBuffer(request.body)) {
    const type = headers['content-type'] ?? 'application/octet-stream'
    sent.push('content-type', type, 'content-length', String(request.body.length))
  } else if (headers['content-type'] !== undefined && request.method !== 'GET' && request.method !== 'HEAD') {
    sent.push('content-type', headers['content-type'])
  }
  if (identity !== null) {
    sent.push('x-user-id', identity.userId, 'x-user-role', identity.role)
    if (identity.tokenId !== null) sent.push('x-token-id', identity.tokenId)
    if (identity.tokenExpiresAt !== null) sent.push('x-token-expires-at', String(identity.tokenExpiresAt))
  }
  sent.push('x-service-api-key', apiKey, 'x-request-id', request.id)
  sent.push('x-forwarded-for', request.ip, 'x-forwarded-proto', request.protocol, 'x-forwarded-host', request.host)
  return sent
}

/** Whether a header of a service's answer reaches the client. */
export const reachesClient = (name: string): boolean => !ofTheConnection.has(name) && !notForClients.has(name)

/** Joins what a service's answer depends on with what it depends on here: one header would replace the other. */
export function joinVary(theirs: string | string[], ours: unknown): string | string[] {
  if (ours === undefined) return theirs
  const names = `${ours},${theirs}`.split(',').map((name) => name.trim())
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()].join(', ')
}

function mayPass(name: string): boolean {
  // Some servers read an underscore as a dash, so X_User_Id could become X-User-Id further on.
  if (name.includes('_')) return false
  return !ofTheConnection.has(name) && !notForServices.has(name) && !saidByUs.test(name)
}

/** The headers that a client has named as its connection's; null for the usual ones, which never pass. */
function namedByConnection(connection: IncomingHttpHeaders['connection']): ReadonlySet<string> | null {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return null
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}
