import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { v4 as uuid } from 'uuid'

export const portoneSecret = 'portone-secret-for-tests'
export const recaptchaSecret = 'recaptcha-secret-for-tests'

/** How a provider misbehaves: an error, no answer at all, or an answer of another shape. */
export type Misbehaviour = 'error' | 'silence' | 'nonsense' | null

export interface Providers {
  readonly url: string
  /** What the providers were asked, such as `GET /identity-verifications/x`. */
  readonly asked: readonly string[]
  /** Has an identity verified and gives its ID; further fields replace those of the entity (integrations.md §1.5). */
  verify(customer: Record<string, unknown>, entity?: Record<string, unknown>): string
  misbehave(how: { readonly portone?: Misbehaviour; readonly captcha?: Misbehaviour }): void
  close(): Promise<void>
}

/** Speaks PortOne's identity verification and Google's siteverify, and fails on demand as the real ones do. */
export const startProviders = async (): Promise<Providers> => {
  const entities = new Map<string, Record<string, unknown>>()
  const spentTokens = new Set<string>()
  const asked: string[] = []
  let portone: Misbehaviour = null
  let captcha: Misbehaviour = null

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'http://providers').pathname
    asked.push(`${request.method} ${path}`)
    const isCaptcha = path === '/recaptcha/api/siteverify'
    if (fail(isCaptcha ? captcha : portone, response)) return
    if (isCaptcha) return send(response, 200, siteverify(await readForm(request), spentTokens))
    const [status, body] = readVerification(request, entities.get(path.split('/').at(-1) ?? ''))
    send(response, status, body)
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    verify: (customer, entity = {}) => {
      const id = `identity-${uuid()}`
      const verifiedCustomer = { name: '김팬', ci: `ci-${uuid()}`, di: `di-${uuid()}`, ...customer }
      entities.set(id, { status: 'VERIFIED', id, version: 'V2', verifiedCustomer, ...entity })
      return id
    },
    misbehave: (how) => {
      portone = how.portone ?? null
      captcha = how.captcha ?? null
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const fail = (how: Misbehaviour, response: ServerResponse): boolean => {
  if (how === 'error') send(response, 502, { type: 'PG_PROVIDER', pgCode: '1', pgMessage: '1' })
  if (how === 'nonsense') send(response, 200, ['nonsense'])
  return how !== null
}

const readVerification = (
  request: IncomingMessage,
  entity: Record<string, unknown> | undefined,
): [number, Record<string, unknown>] => {
  if (request.headers.authorization !== `PortOne ${portoneSecret}`) return [401, { type: 'UNAUTHORIZED' }]
  return entity ? [200, entity] : [404, { type: 'IDENTITY_VERIFICATION_NOT_FOUND' }]
}

const siteverify = (form: URLSearchParams, spent: Set<string>): Record<string, unknown> => {
  const token = form.get('response') ?? ''
  const refuse = (code: string) => ({ success: false, 'error-codes': [code] })
  if (form.get('secret') !== recaptchaSecret) return refuse('invalid-input-secret')
  if (spent.has(token)) return refuse('timeout-or-duplicate')
  spent.add(token)
  const [, score, action] = /^score:([\d.]+):(\w+)/.exec(token) ?? []
  if (score !== undefined) return { success: true, hostname: 'localhost', score: Number(score), action }
  return token.startsWith('pass') ? { success: true, hostname: 'localhost' } : refuse('invalid-input-response')
}

const readForm = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = ''
  for await (const chunk of request) text += chunk
  return new URLSearchParams(text)
}

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
