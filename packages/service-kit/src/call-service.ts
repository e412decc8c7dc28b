import { Pool } from 'undici'
import { z } from 'zod'

type Options = {
  /** Passed on as X-Request-Id. */
  requestId?: string
  /** Sent as JSON. */
  body?: unknown
}

export type CallService = {
  get<T extends z.ZodType>(path: string, schema: T, options?: Omit<Options, 'body'>): Promise<z.output<T>>
  post<T extends z.ZodType>(path: string, schema: T, options?: Options): Promise<z.output<T>>
  put<T extends z.ZodType>(path: string, schema: T, options?: Options): Promise<z.output<T>>
  delete<T extends z.ZodType>(path: string, schema: T, options?: Options): Promise<z.output<T>>
  close(): Promise<void>
}

/**
 * A call to another service without a usable answer. `status` and `code` come from its problem answer. `unreachable`
 * means that no answer came, or a 502, 503 or 504: what was asked for may or may not have been done.
 */
export class ServiceCallError extends Error {
  override readonly name = 'ServiceCallError'
  readonly status: number | null
  readonly code: string | null
  readonly unreachable: boolean

  constructor(message: string, details: { status?: number; code?: string; unreachable: boolean; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.status = details.status ?? null
    this.code = details.code ?? null
    this.unreachable = details.unreachable
  }
}

/**
 * Gives a client of another service's internal port that keeps up to `connections` connections. `apiKey` is the caller's
 * own key. Answers are parsed with the schema (`z.undefined()` for 204). Throws a ServiceCallError; never retries.
 */
export function callService(options: {
  baseUrl: string
  apiKey: string
  caller: string
  timeoutMs: number
  connections?: number
}): CallService {
  const pool = new Pool(new URL(options.baseUrl).origin, { connections: options.connections ?? 32, pipelining: 1 })
  const call = async <T extends z.ZodType>(method: Method, path: string, schema: T, { requestId, body }: Options) => {
    if (!path.startsWith('/')) throw new Error(`path ${path} must start with /`)
    const answer = await send(pool, options, { method, path, requestId, body })
    if (answer.status >= 400) throw refusal(method, path, answer)
    const parsed = schema.safeParse(answer.body)
    if (parsed.success) return parsed.data
    throw new ServiceCallError(`${method} ${path} gave an answer of another shape`, {
      status: answer.status,
      unreachable: false,
      cause: parsed.error,
    })
  }
  return {
    get: (path, schema, callOptions = {}) => call('GET', path, schema, callOptions),
    post: (path, schema, callOptions = {}) => call('POST', path, schema, callOptions),
    put: (path, schema, callOptions = {}) => call('PUT', path, schema, callOptions),
    delete: (path, schema, callOptions = {}) => call('DELETE', path, schema, callOptions),
    close: () => pool.close(),
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type Answer = { status: number; body: unknown }

async function send(
  pool: Pool,
  { apiKey, caller, timeoutMs }: { apiKey: string; caller: string; timeoutMs: number },
  {
    method,
    path,
    requestId,
    body,
  }: { method: Method; path: string } & { requestId: string | undefined; body: unknown },
): Promise<Answer> {
  try {
    const response = await pool.request({
      method,
      path,
      headers: {
        accept: 'application/json',
        'x-service-api-key': apiKey,
        'x-service-name': caller,
        ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.body.text()
    return { status: response.statusCode, body: text === '' ? undefined : parseJson(text) }
  } catch (error) {
    throw new ServiceCallError(`${method} ${path} got no answer`, { unreachable: true, cause: error })
  }
}

function refusal(method: string, path: string, { status, body }: Answer): ServiceCallError {
  const code = z.object({ code: z.string() }).safeParse(body)
  return new ServiceCallError(`${method} ${path} was answered with ${status}`, {
    status,
    ...(code.success ? { code: code.data.code } : {}),
    unreachable: status === 502 || status === 503 || status === 504,
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
