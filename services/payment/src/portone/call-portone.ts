import CircuitBreaker from 'opossum'
import { Pool } from 'undici'

export interface PortoneSettings {
  readonly baseUrl: string
  readonly apiSecret: string
  readonly timeoutMs: number
  readonly breakerResetMs: number
}

export interface PortoneRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** 16 to 256 ASCII characters; PortOne replays the stored answer for three hours. */
  readonly idempotencyKey?: string
}

/** `answered`: PortOne has spoken (2xx or a 4xx it explains). `unknown`: it may or may not have done it. */
export type PortoneAnswer =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly outcome: 'unknown'; readonly why: string; readonly breakerOpen: boolean }

export interface PortoneTransport {
  call(request: PortoneRequest): Promise<PortoneAnswer>
  close(): Promise<void>
}

const breakerCallsMin = 10

class Unclear extends Error {}

/**
 * HTTP to PortOne V2 with a time limit per call (PAY-008) and a breaker per operation (PAY-009: opens above 50 %
 * failures, one probe after the pause). A 4xx is PortOne's answer and no failure of it; everything else is `unknown`.
 */
export function createPortoneTransport(settings: PortoneSettings): PortoneTransport {
  const pool = new Pool(new URL(settings.baseUrl).origin, { connections: 64, pipelining: 1 })
  const breakers = new Map<string, CircuitBreaker<[PortoneRequest], PortoneAnswer>>()
  const breakerOf = (request: PortoneRequest) => {
    const operation = `${request.method} ${request.path.split('/').slice(3).join('/')}`
    const found = breakers.get(operation)
    if (found) return found
    const made = new CircuitBreaker((asked: PortoneRequest) => send(pool, settings, asked), {
      timeout: false,
      errorThresholdPercentage: 50,
      resetTimeout: settings.breakerResetMs,
      volumeThreshold: breakerCallsMin,
      enableSnapshots: false,
    })
    breakers.set(operation, made)
    return made
  }
  return {
    async call(request) {
      try {
        return await breakerOf(request).fire(request)
      } catch (error) {
        const breakerOpen = CircuitBreaker.isOurError(error as Error)
        return { outcome: 'unknown', why: error instanceof Error ? error.message : String(error), breakerOpen }
      }
    },
    async close() {
      for (const breaker of breakers.values()) breaker.shutdown()
      await pool.close()
    },
  }
}

async function send(pool: Pool, settings: PortoneSettings, request: PortoneRequest): Promise<PortoneAnswer> {
  const answer = await pool.request({
    method: request.method,
    path: request.path,
    headers: {
      authorization: `PortOne ${settings.apiSecret}`,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': `"${request.idempotencyKey}"` }),
    },
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal: AbortSignal.timeout(settings.timeoutMs),
  })
  const text = await answer.body.text()
  if (answer.statusCode >= 500 || answer.statusCode === 429) throw new Unclear(`PortOne answered ${answer.statusCode}`)
  return { outcome: 'answered', status: answer.statusCode, body: parseJson(text, answer.statusCode) }
}

function parseJson(text: string, status: number): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new Unclear(`PortOne answered ${status} without JSON`)
  }
}
