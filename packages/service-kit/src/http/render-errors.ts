import type { FieldError, Problem } from '@ticket-queue/contracts/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { ServiceCallError } from '../call-service.ts'
import { kitErrors, ProblemError, problem } from './errors.ts'

/**
 * Answers any error as problem details. What nobody foresaw is logged as an error and answered as a bare INTERNAL_ERROR; a refusal with
 * a 5xx (a full queue) is a warning without a stack, as it may come in floods.
 */
export function renderError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toProblem(error)
  const isDeliberate = error instanceof ProblemError && error.cause === undefined && error.statusCode !== 500
  if (known.statusCode >= 500 && isDeliberate) request.log.warn({ code: known.code }, 'request refused')
  else if (known.statusCode >= 500) request.log.error({ err: error, code: known.code }, 'request failed')
  return writeProblem(known, request, reply)
}

/** Writes `error` as `application/problem+json` with the request's ID as traceId. */
export function writeProblem(error: ProblemError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(error.statusCode)
    .headers(error.headers)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problemBody(error, { instance: pathOf(request.originalUrl), traceId: request.id }))
}

/** Gives the body of the answer to `error`. */
export function problemBody(error: ProblemError, request: { instance: string; traceId: string }): Problem {
  return {
    ...error.members,
    type: `urn:ticket-queue:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: error.title,
    status: error.statusCode,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    instance: request.instance,
    code: error.code,
    traceId: request.traceId,
    timestamp: new Date().toISOString(),
  }
}

/** Gives the path without its query, which may hold what must not be repeated, and no longer than a log line can bear. */
export const pathOf = (url: string): string => (url.split('?', 1)[0] ?? '/').slice(0, 256)

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    return problem(kitErrors, 'VALIDATION_FAILED', { errors: error.validation.map(toFieldError) })
  }
  if (isUnavailable(error)) {
    return problem(kitErrors, 'SERVICE_UNAVAILABLE', { headers: { 'retry-after': '1' }, cause: error })
  }
  return problem(kitErrors, codeOfFramework(error), { cause: error })
}

function toFieldError(issue: { instancePath: string; keyword: string; message?: string | undefined }): FieldError {
  return {
    path: issue.instancePath.slice(1).replaceAll('/', '.'),
    code: issue.keyword.toUpperCase(),
    message: issue.message ?? 'is not valid',
  }
}

const bodyCodes: Record<string, keyof typeof kitErrors> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
}
const statusCodes: Record<number, keyof typeof kitErrors> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'SERVICE_UNAVAILABLE',
}

function codeOfFramework(error: unknown): keyof typeof kitErrors {
  if (!(error instanceof Error)) return 'INTERNAL_ERROR'
  const code = String(Reflect.get(error, 'code') ?? '')
  const status = Number(Reflect.get(error, 'statusCode') ?? 500)
  if (bodyCodes[code] !== undefined) return bodyCodes[code]
  // Prototype poisoning arrives as a bare SyntaxError of the JSON parser with a status of its own.
  if (error instanceof SyntaxError && status === 400) return 'MALFORMED_JSON'
  return statusCodes[status] ?? (status >= 400 && status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR')
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  // PostgreSQL: too many connections, shutting down, starting up, connection lost.
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  // PostgreSQL: gave way to others (deadlock, serialization, lock or statement time-out), or read-only after a failover.
  '40P01',
  '40001',
  '55P03',
  '57014',
  '25006',
])
const connectionMessages =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Connection is closed|Stream isn't writeable|Command timed out|Reached the max retries per request|LOADING |READONLY |OOM |MASTERDOWN |NOREPLICAS |MISCONF |CLUSTERDOWN |TRYAGAIN |BUSY )/

/** True when a store or another service could not be reached, or takes no such call from anybody, so that the caller may try again. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof ServiceCallError) return error.unreachable
  if (!(error instanceof Error)) return false
  return connectionCodes.has(String(Reflect.get(error, 'code'))) || connectionMessages.test(error.message)
}
