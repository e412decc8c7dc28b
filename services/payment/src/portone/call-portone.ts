import { setTimeout as pause } from 'node:timers/promises'
import CircuitBreaker from 'opossum'
import { Counter, Gauge, type Registry } from 'prom-client'
import { Pool } from 'undici'

export type Operation = 'pre-register' | 'read' | 'list' | 'confirm' | 'cancel'

export interface PortoneSettings {
  readonly baseUrl: string
  readonly apiSecret: string
  readonly timeoutsMs: Readonly<Record<Operation, number>>
  /** Fewer calls in ten seconds are too few to open a breaker. */
  readonly breakerCallsMin: number
  readonly breakerResetMs: number
  readonly metrics: Registry
}

export interface PortoneRequest {
  /** Each has its own breaker and connections, so that cancels which hang or fail do not stop reads. */
  readonly operation: Operation
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
  /** Whether the breaker of an operation refuses calls now. */
  isOpen(operation: Operation): boolean
  close(): Promise<void>
}

class Unclear extends Error {}

/** PortOne is asked too often: it has done nothing, and wants to be asked again after a while. */
interface Busy {
  readonly outcome: 'busy'
  readonly pauseMs: number | null
}

/** How many calls of an operation are under way at most; the others wait in their own line, within their own time limit. */
const connections: Readonly<Record<Operation, number>> = {
  'pre-register': 32,
  read: 64,
  list: 2,
  confirm: 64,
  cancel: 32,
}
const firstBusyPauseMs = 250
const closingMs = 3_000

/**
 * HTTP to PortOne V2 with a time limit, connections and a breaker per operation (PAY-008, PAY-009: opens above 50 % failures,
 * one probe after the pause). A 4xx and a card company's refusal (502 PG_PROVIDER) are PortOne's answers and no failures of it;
 * 429 is neither, and waited out within the time limit; everything else is `unknown`.
 */
export function createPortoneTransport(settings: PortoneSettings): PortoneTransport {
  const { calls, breakersOpen } = createMeters(settings.metrics)
  const lines = new Map<Operation, Line>()
  const lineOf = (operation: Operation): Line => {
    const found = lines.get(operation)
    if (found) return found
    const made = createLine(settings, operation)
    made.breaker.on('open', () => breakersOpen.set({ operation }, 1))
    made.breaker.on('close', () => breakersOpen.set({ operation }, 0))
    lines.set(operation, made)
    return made
  }
  return {
    async call(request) {
      const { operation } = request
      const { breaker } = lineOf(operation)
      const answer = await waitOutBusy(settings.timeoutsMs[operation], (signal) =>
        breaker.fire(request, signal).catch(unknownOf),
      )
      calls.inc({ operation, outcome: outcomeOf(answer) })
      return answer
    },
    isOpen: (operation) => lines.get(operation)?.breaker.opened === true,
    async close() {
      await Promise.all([...lines.values()].map(closeLine))
    },
  }
}

interface Line {
  readonly pool: Pool
  readonly breaker: CircuitBreaker<[PortoneRequest, AbortSignal], PortoneAnswer | Busy>
}

function createLine(settings: PortoneSettings, operation: Operation): Line {
  const pool = new Pool(new URL(settings.baseUrl).origin, { connections: connections[operation], pipelining: 1 })
  const breaker = new CircuitBreaker(
    (asked: PortoneRequest, signal: AbortSignal) => send(pool, settings, asked, signal),
    {
      timeout: false,
      errorThresholdPercentage: 50,
      resetTimeout: settings.breakerResetMs,
      volumeThreshold: settings.breakerCallsMin,
      enableSnapshots: false,
    },
  )
  return { pool, breaker }
}

/** What is still under way after a while is cut off: whatever became of it, it is asked for again. */
async function closeLine({ pool, breaker }: Line): Promise<void> {
  breaker.shutdown()
  const closed = new AbortController()
  const cut = pause(closingMs, null, { signal: closed.signal }).then(
    () => pool.destroy(),
    () => {},
  )
  await Promise.race([pool.close(), cut])
  closed.abort()
}

/** Asks again, after ever longer pauses or as long as PortOne says, until it is no longer too busy or the time is over. */
async function waitOutBusy(
  timeoutMs: number,
  ask: (signal: AbortSignal) => Promise<PortoneAnswer | Busy>,
): Promise<PortoneAnswer> {
  const endsAt = performance.now() + timeoutMs
  const signal = AbortSignal.timeout(timeoutMs)
  for (let pauseMs = firstBusyPauseMs; ; pauseMs *= 2) {
    const answer = await ask(signal)
    if (answer.outcome !== 'busy') return answer
    const waitMs = Math.max(pauseMs, answer.pauseMs ?? 0)
    if (performance.now() + waitMs >= endsAt) {
      return { outcome: 'unknown', why: 'PortOne answered 429', breakerOpen: false }
    }
    await pause(waitMs)
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

async function send(
  pool: Pool,
  settings: PortoneSettings,
  request: PortoneRequest,
  signal: AbortSignal,
): Promise<PortoneAnswer | Busy> {
  const answer = await pool.request({
    method: request.method,
    path: request.path,
    headers: {
      authorization: `PortOne ${settings.apiSecret}`,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': `"${request.idempotencyKey}"` }),
    },
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal,
  })
  const status = answer.statusCode
  const text = await answer.body.text()
  if (status === 429) return { outcome: 'busy', pauseMs: pauseOf(answer.headers['retry-after']) }
  const body = parseJson(text, status)
  const isRefusedByCardCompany = status === 502 && Reflect.get(Object(body), 'type') === 'PG_PROVIDER'
  if (status >= 500 && !isRefusedByCardCompany) throw new Unclear(`PortOne answered ${status}`)
  return { outcome: 'answered', status, body }
}

/** `Retry-After` in seconds, as ms. */
function pauseOf(retryAfter: string | string[] | undefined): number | null {
  const seconds = Number(retryAfter)
  return retryAfter !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null
}

function parseJson(text: string, status: number): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new Unclear(`PortOne answered ${status} without JSON`)
  }
}
