import CircuitBreaker from 'opossum'
import { Counter, Gauge, type Registry } from 'prom-client'
import { Pool } from 'undici'

export interface PortoneSettings {
  readonly baseUrl: string
  readonly apiSecret: string
  readonly timeoutMs: number
  /** Fewer calls in ten seconds are too few to open a breaker. */
  readonly breakerCallsMin: number
  readonly breakerResetMs: number
  readonly metrics: Registry
}

export interface PortoneRequest {
  /** Names the operation: each has its own breaker, so that refused cancels do not stop reads. */
  readonly operation: 'pre-register' | 'read' | 'list' | 'confirm' | 'cancel'
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** 16 to 256 ASCII characters; PortOne replays the stored answer, whatever it was, for three hours. */
  readonly idempotencyKey?: string
}

/** `answered`: PortOne has spoken. `unknown`: it may or may not have done it. */
export type PortoneAnswer =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly outcome: 'unknown'; readonly why: string; readonly breakerOpen: boolean }

export interface PortoneTransport {
  call(request: PortoneRequest): Promise<PortoneAnswer>
  close(): Promise<void>
}

class Unclear extends Error {}

/**
 * HTTP to PortOne V2 with a time limit per call (PAY-008) and a breaker per operation (PAY-009: opens above 50 %
 * failures, one probe after the pause). A 4xx and a card company's refusal (502 PG_PROVIDER) are PortOne's answers and no
 * failures of it; everything else is `unknown`.
 */
export function createPortoneTransport(settings: PortoneSettings): PortoneTransport {
  const pool = new Pool(new URL(settings.baseUrl).origin, { connections: 64, pipelining: 1 })
  const { calls, breakersOpen } = createMeters(settings.metrics)
  const breakers = new Map<string, CircuitBreaker<[PortoneRequest], PortoneAnswer>>()
  const breakerOf = ({ operation }: PortoneRequest) => {
    const found = breakers.get(operation)
    if (found) return found
    const made = new CircuitBreaker((asked: PortoneRequest) => send(pool, settings, asked), {
      timeout: false,
      errorThresholdPercentage: 50,
      resetTimeout: settings.breakerResetMs,
      volumeThreshold: settings.breakerCallsMin,
      enableSnapshots: false,
    })
    made.on('open', () => breakersOpen.set({ operation }, 1))
    made.on('close', () => breakersOpen.set({ operation }, 0))
    breakers.set(operation, made)
    return made
  }
  return {
    async call(request) {
      const answer = await breakerOf(request).fire(request).catch(unknownOf)
      calls.inc({ operation: request.operation, outcome: outcomeOf(answer) })
      return answer
    },
    async close() {
      for (const breaker of breakers.values()) breaker.shutdown()
      await pool.close()
    },
  }
}

function createMeters(metrics: Registry) {
  return {
    calls: new Counter({
      name: 'portone_calls_total',
      help: 'Calls to PortOne by operation and outcome: answered, unknown, or refused by the open breaker.',
      labelNames: ['operation', 'outcome'],
      registers: [metrics],
    }),
    breakersOpen: new Gauge({
      name: 'portone_breaker_open',
      help: '1 while the breaker of an operation of PortOne is open.',
      labelNames: ['operation'],
      registers: [metrics],
    }),
  }
}

function outcomeOf(answer: PortoneAnswer): string {
  if (answer.outcome === 'answered') return 'answered'
  return answer.breakerOpen ? 'breaker-open' : 'unknown'
}

function unknownOf(error: unknown): PortoneAnswer {
  const told = error instanceof Error ? error : new Error(String(error))
  const code = Reflect.get(told, 'code')
  const why = told.message || (typeof code === 'string' ? code : told.name)
  return { outcome: 'unknown', why, breakerOpen: CircuitBreaker.isOurError(told) }
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
  const status = answer.statusCode
  const body = parseJson(await answer.body.text(), status)
  const isRefusedByCardCompany = status === 502 && Reflect.get(Object(body), 'type') === 'PG_PROVIDER'
  if ((status >= 500 && !isRefusedByCardCompany) || status === 429) throw new Unclear(`PortOne answered ${status}`)
  return { outcome: 'answered', status, body }
}

function parseJson(text: string, status: number): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new Unclear(`PortOne answered ${status} without JSON`)
  }
}
