import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { freshHeader } from './kept-answers.ts'

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
const hiddenFromClients = new Set(['server', 'x-powered-by', 'x-request-id', 'x-trace-id', freshHeader])
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
  const sent: IncomingHttpHeaders = {}
  for (const name of Object.keys(headers)) {
    const isOfBody = name === 'content-length' || name === 'content-type'
    if (mayPass(name) && !(withoutBody && isOfBody)) sent[name] = headers[name]
  }
  addIdentity(sent, request.identity)
  sent['x-service-api-key'] = apiKey
  sent['x-request-id'] = request.id
  sent['x-forwarded-for'] = request.ip
  sent['x-forwarded-proto'] = request.protocol
  sent['x-forwarded-host'] = request.host
  return sent
}

/** Gives what the client may see of a service's answer headers. */
export function headersForClient(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const shown: IncomingHttpHeaders = {}
  for (const name of Object.keys(headers)) {
    if (!ofTheConnection.has(name) && !hiddenFromClients.has(name)) shown[name] = headers[name]
  }
  return shown
}

/** Joins what a service's answer depends on with what it depends on here: one header would replace the other. */
export function withOurVary(headers: IncomingHttpHeaders, ours: unknown): IncomingHttpHeaders {
  if (headers.vary === undefined || ours === undefined) return headers
  const names = `${ours},${headers.vary}`.split(',').map((name) => name.trim())
  return { ...headers, vary: [...new Map(names.map((name) => [name.toLowerCase(), name])).values()].join(', ') }
}

const judged = new Map<string, boolean>()
/** Clients of one kind send the same few names again and again; what others make up must not fill the memory. */
const judgedMax = 1_000

function mayPass(name: string): boolean {
  const known = judged.get(name)
  if (known !== undefined) return known
  const may = judge(name)
  if (judged.size < judgedMax) judged.set(name, may)
  return may
}

function judge(name: string): boolean {
  // Some servers read an underscore as a dash, so X_User_Id could become X-User-Id further on.
  if (name.includes('_')) return false
  return !ofTheConnection.has(name) && !notForServices.has(name) && !saidByUs.some((pattern) => pattern.test(name))
}

function addIdentity(sent: IncomingHttpHeaders, identity: FastifyRequest['identity']): void {
  if (identity === null) return
  sent['x-user-id'] = identity.userId
  sent['x-user-role'] = identity.role
  if (identity.tokenId !== null) sent['x-token-id'] = identity.tokenId
  if (identity.tokenExpiresAt !== null) sent['x-token-expires-at'] = String(identity.tokenExpiresAt)
}
