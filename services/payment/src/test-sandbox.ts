import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomInt, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export const portoneSecret = 'portone-secret-for-tests'
export const webhookSecret = `whsec_${Buffer.from('webhook-secret-for-tests').toString('base64')}`
export const storeId = 'store-for-tests'
export const channelKey = 'channel-for-tests'

/** One way in which the sandbox misbehaves; see `PUT /sandbox/faults`. */
export interface Fault {
  readonly match: string
  readonly kind:
    | 'delay'
    | 'status'
    | 'reset'
    | 'drop-answer'
    | 'webhook-duplicate'
    | 'webhook-delay'
    | 'webhook-lose'
    | 'cancel-later'
  readonly value?: number | string
  readonly times?: number
}

/** PortOne's own books of one payment, in won. */
const ledgerSchema = z.object({
  status: z.string().nullable(),
  registration: z.object({ totalAmount: z.int(), currency: z.string() }).nullable(),
  capturedAmount: z.int(),
  cancelledAmount: z.int(),
  keptAmount: z.int(),
  captures: z.array(z.unknown()),
  cancellations: z.array(z.object({ amount: z.int() })),
})
const strikesSchema = z.array(z.object({ struck: z.int() }))
const windowSchema = z.object({ transactionId: z.string(), paymentToken: z.string().optional() })

export type Ledger = z.infer<typeof ledgerSchema>

/** The headers with which PortOne signs a webhook; `at` in Unix seconds. */
export const signedHeaders = (
  rawBody: string,
  {
    secret = webhookSecret,
    at = Math.floor(Date.now() / 1000),
    id = `WH-${randomUUID()}`,
  }: { secret?: string; at?: number; id?: string } = {},
) => {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${at}.${rawBody}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` }
}

/**
 * A TCP port that was free a moment ago, below those the system gives to outgoing connections, so that nothing takes it
 * before a process listens on it.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

/** A service as a process of its own; resolves when it says that it is ready. */
export const startProcess = async (path: string, environment: Record<string, string>): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(path, import.meta.url))], {
    env: { HOST: '127.0.0.1', LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${path} ended with ${code}`)))
  await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  return child
}

/** Ends a process this way and gives its exit code. */
export const endProcess = async (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return child.exitCode
}

/** The real sandbox as a process of its own: PortOne as far as this service can tell. */
export const startSandbox = async () => {
  const [port, sidePort, smtpPort] = [await freePort(), await freePort(), await freePort()]
  const child = await startProcess('../../sandbox/src/main.ts', {
    PORT: String(port),
    SIDE_PORT: String(sidePort),
    SMTP_PORT: String(smtpPort),
    PORTONE_API_SECRET: portoneSecret,
    PORTONE_STORE_ID: storeId,
    PORTONE_CHANNEL_KEY: channelKey,
    PORTONE_WEBHOOK_SECRET: webhookSecret,
    WEBHOOK_RETRY_FACTOR: '0.002',
  })
  const url = `http://127.0.0.1:${port}`
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', authorization: `PortOne ${portoneSecret}` }
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status} to ${method} ${path}: ${text}`)
    return JSON.parse(text)
  }
  return {
    url,
    /** The buyer leaves the payment window; gives what the browser SDK gives. */
    pay: async (portonePaymentId: string, how: Record<string, unknown> = {}) =>
      windowSchema.parse(await call('POST', `/sandbox/payments/${portonePaymentId}/pay`, { outcome: 'PAID', ...how })),
    /** Somebody cancels in PortOne's console. */
    cancelInConsole: (portonePaymentId: string, amount: number) =>
      call('POST', `/payments/${portonePaymentId}/cancel`, { amount, reason: 'by hand', skipWebhook: true }),
    /** The card company carries out, or refuses, what it had only taken. */
    endCancellations: (portonePaymentId: string, outcome: 'SUCCEEDED' | 'FAILED') =>
      call('POST', `/sandbox/payments/${portonePaymentId}/end-cancellations`, { outcome }),
    misbehave: (...faults: Fault[]) => call('PUT', '/sandbox/faults', faults),
    /** How often each fault has struck so far. */
    strikes: async () => strikesSchema.parse(await call('GET', '/sandbox/faults')).map(({ struck }) => struck),
    sendWebhooksTo: (address: string | null) => call('PUT', '/sandbox/webhook-url', { url: address }),
    ledger: async (portonePaymentId: string): Promise<Ledger> => {
      const answer = await call('GET', `/sandbox/ledger?paymentId=${portonePaymentId}`)
      return ledgerSchema.parse(z.object({ payments: z.array(z.unknown()) }).parse(answer).payments[0])
    },
    close: () => endProcess(child),
  }
}

export type TestSandbox = Awaited<ReturnType<typeof startSandbox>>
