import type { FieldError } from '@ticket-queue/contracts/errors'

/** The refusals of a service: stable code → HTTP status and public title. */
export type ErrorTable = Readonly<Record<string, { readonly status: number; readonly title: string }>>

type Extra = {
  /** One public sentence about this occurrence. */
  detail?: string
  errors?: FieldError[]
  /** Response headers, such as `retry-after`. */
  headers?: Record<string, string>
  /** What went wrong inside: logged, never sent. */
  cause?: unknown
  [member: string]: unknown
}

/** A refusal that the kit renders as RFC 9457 problem details. Made with `problem`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: string
  readonly statusCode: number
  readonly title: string
  readonly detail: string | undefined
  readonly headers: Record<string, string>
  readonly members: Record<string, unknown>

  constructor(code: string, entry: { status: number; title: string }, extra: Extra) {
    const { detail, headers, cause, ...members } = extra
    super(detail ?? entry.title, cause === undefined ? undefined : { cause })
    this.code = code
    this.statusCode = entry.status
    this.title = entry.title
    this.detail = detail
    this.headers = headers ?? {}
    this.members = members
  }
}

/** Gives the table back after checking that each code is UPPER_SNAKE and each status an error's. */
export function defineErrors<const T extends ErrorTable>(table: T): T {
  for (const [code, { status }] of Object.entries(table)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(code)) throw new Error(`error code ${code} must be UPPER_SNAKE`)
    if (status < 400 || status > 599) throw new Error(`error ${code} has status ${status}`)
  }
  return table
}

/**
 * Gives the error to throw for a refusal of `errors`. Members beside `detail`, `headers` and `cause` become members of
 * the answer (such as `seatIds`).
 */
export function problem<T extends ErrorTable>(errors: T, code: keyof T & string, extra: Extra = {}): ProblemError {
  const entry = errors[code]
  if (entry === undefined) throw new Error(`error code ${code} is not in the table`)
  return new ProblemError(code, entry, extra)
}

/** What any service may answer, whatever it does. */
export const kitErrors = defineErrors({
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  MALFORMED_JSON: { status: 400, title: 'The body is not valid JSON' },
  BAD_REQUEST: { status: 400, title: 'The request cannot be understood' },
  UNAUTHENTICATED: { status: 401, title: 'Authentication is needed' },
  SERVICE_KEY_INVALID: { status: 401, title: 'A valid service key is needed' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  CONFLICT: { status: 409, title: 'Conflict' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  URI_TOO_LONG: { status: 414, title: 'The path is too long' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not supported' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong on our side' },
  OVERLOADED: { status: 503, title: 'The service has too much to do at the moment' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'The service is not available at the moment' },
})
