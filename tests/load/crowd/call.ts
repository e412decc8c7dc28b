import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Measures, Step } from './measure.ts'

/** An answer that is a refusal: the problem's stable code and status. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly body: Record<string, unknown>
  readonly retryAfterMs: number

  constructor(status: number, body: Record<string, unknown>, retryAfterMs: number) {
    super(`${status} ${String(body['code'] ?? '')} ${String(body['detail'] ?? body['title'] ?? '')}`)
    this.status = status
    this.code = String(body['code'] ?? status)
    this.body = body
    this.retryAfterMs = retryAfterMs
  }
}

export interface Caller {
  token?: string
  queueToken?: string
}

export type Call = <T>(
  step: Step,
  caller: Caller,
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  body?: unknown,
) => Promise<{ status: number; body: T }>

const patienceMs = 4 * 60_000
const pauseMaxMs = 5_000
const retryAfterMaxMs = 60_000

/**
 * A caller that behaves as a patient browser: what the network or a 502, 503, 504 or 429 leaves open is asked again with
 * growing pauses or after the pause the answer advises, for four minutes (all calls of the road are safe to repeat); every other refusal is thrown. A body given as a function is
 * made anew for each attempt: a CAPTCHA token works once.
 */
export function createCall(measures: Measures): Call {
  const dispatcher = new Agent({ connections: 256, pipelining: 1, keepAliveTimeout: 30_000 })
  return async <T>(step: Step, caller: Caller, method: 'GET' | 'POST' | 'DELETE', url: string, body?: unknown) => {
    const deadline = performance.now() + patienceMs
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once<T>(dispatcher, caller, method, url, typeof body === 'function' ? body() : body)
      } catch (error) {
        const code = error instanceof Refusal ? error.code : 'NO_ANSWER'
        const open = !(error instanceof Refusal) || [429, 502, 503, 504].includes(error.status)
        if (!open || performance.now() > deadline) throw error
        measures.again(step, code)
        const advisedMs = error instanceof Refusal ? Math.min(error.retryAfterMs, retryAfterMaxMs) : 0
        await pause(advisedMs + Math.min(pauseMaxMs, 100 * 2 ** attempt) * (0.5 + Math.random() / 2))
      }
    }
  }
}

async function once<T>(
  dispatcher: Agent,
  caller: Caller,
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  body: unknown,
) {
  const answer = await request(url, {
    dispatcher,
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(caller.token ? { authorization: `Bearer ${caller.token}` } : {}),
      ...(caller.queueToken ? { 'x-queue-token': caller.queueToken } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headersTimeout: 65_000,
  })
  const text = await answer.body.text()
  const parsed: unknown = text === '' ? {} : JSON.parse(text)
  if (answer.statusCode >= 400) {
    const retryAfterMs = 1000 * Number(answer.headers['retry-after'] ?? 0) || 0
    throw new Refusal(answer.statusCode, parsed as Record<string, unknown>, retryAfterMs)
  }
  return { status: answer.statusCode, body: parsed as T }
}
