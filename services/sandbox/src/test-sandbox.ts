import { randomBytes } from 'node:crypto'
import { createLog, createMetrics, listen } from '@ticket-queue/service-kit'
import { onTestFinished } from 'vitest'
import { readConfig } from './config.ts'
import { openSandbox } from './open-sandbox.ts'
import { receiveMail } from './receive-mail/receive-mail.ts'

export const apiSecret = 'portone-secret-for-tests'
export const webhookSecret = `whsec_${Buffer.from('webhook-secret-for-tests').toString('base64')}`
export const recaptchaSecret = 'recaptcha-secret-for-tests'

export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Record<string, unknown>
}

export interface TestSandbox {
  readonly url: string
  readonly smtpPort: number
  /** Moves the sandbox's clock on. */
  pass(ms: number): void
  /** A call without credentials; `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>
  /** A call as a merchant of PortOne. */
  portone(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>
  /** Pre-registers a new payment of this amount and pays it; gives its ID and what the payment window gave back. */
  paid(totalAmount: number, extra?: Record<string, unknown>): Promise<{ id: string; window: Record<string, unknown> }>
  close(): Promise<void>
}

const run = randomBytes(4).toString('hex')
let lastPayment = 0

/** A payment ID that no other test has. */
export function newPaymentId(): string {
  lastPayment += 1
  return `test${run}x${lastPayment}`
}

/** The real sandbox on free ports, closed when the test ends. `settings` are environment variables. */
export async function startSandbox(settings: Record<string, string> = {}): Promise<TestSandbox> {
  const config = readConfig({
    PORTONE_API_SECRET: apiSecret,
    PORTONE_STORE_ID: 'store-test',
    PORTONE_WEBHOOK_SECRET: webhookSecret,
    RECAPTCHA_SECRET: recaptchaSecret,
    ...settings,
  })
  const log = createLog('sandbox', 'silent')
  let passedMs = 0
  const now = () => Date.now() + passedMs
  const sandbox = await openSandbox(config, { log, metrics: createMetrics('sandbox'), now })
  const mail = await receiveMail({ mailbox: sandbox.mailbox, log, now }, { host: '127.0.0.1', port: 0 })
  const listening = await listen(sandbox.app, { host: '127.0.0.1', port: 0 })
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await listening.close()
    await mail.close()
    await sandbox.close()
  }
  onTestFinished(close)
  return {
    ...clientOf(listening.address),
    smtpPort: mail.port,
    pass: (ms) => {
      passedMs += ms
    },
    close,
  }
}

function clientOf(url: string) {
  const call: TestSandbox['call'] = async (method, path, body, headers = {}) => {
    const payload = typeof body === 'string' || body instanceof URLSearchParams ? body : JSON.stringify(body)
    const content = body === undefined ? {} : { body: payload ?? null }
    const answer = await fetch(url + path, { method, headers, redirect: 'manual', ...content })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, body: jsonOf(text) }
  }
  const portone: TestSandbox['portone'] = (method, path, body, headers = {}) =>
    call(method, path, body, { authorization: `PortOne ${apiSecret}`, ...headers })
  const paid: TestSandbox['paid'] = async (totalAmount, extra = {}) => {
    const id = newPaymentId()
    await portone('POST', `/payments/${id}/pre-register`, { totalAmount, currency: 'KRW' })
    const answer = await call('POST', `/sandbox/payments/${id}/pay`, { outcome: 'PAID', ...extra })
    return { id, window: answer.body }
  }
  return { url, call, portone, paid }
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
