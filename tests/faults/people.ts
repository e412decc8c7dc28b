import { randomUUID } from 'node:crypto'
import { newQueueToken, queueTokenMs, tokenKey } from '@ticket-queue/lua/queue'
import { Agent, request } from 'undici'
import { createMint } from '../load/bench/people/mint-tokens.ts'
import type { OpenSystem } from '../system/open-system.ts'

export interface Answer {
  readonly status: number
  /** The stable code of a refusal; NO_ANSWER if the connection broke. */
  readonly code: string
  readonly body: Record<string, unknown>
  /** The body as it came. */
  readonly text: string
}

export interface Person {
  readonly userId: string
  /** The access token that the user service would give. */
  readonly token: string
  queueToken: string
}

/** Whether the answer leaves open if the call has had its effect. */
export const isUnknown = ({ status, code }: Answer): boolean => status >= 500 && code !== 'SEATS_UNDECIDED'

/** How the gateway hands a person's call on. */
const asGateway = (own: OpenSystem, { userId }: Person) => ({
  'x-service-api-key': own.secrets.serviceApiKeys.gateway,
  'x-user-id': userId,
  'x-user-role': 'USER',
})

/** Sends a person's call, through the gateway or as it would hand it on, and gives the answer whatever it is. */
function sendFor(own: OpenSystem, through: 'gateway' | 'service') {
  const dispatcher = new Agent({ connections: 128, keepAliveTimeout: 10_000 })
  async function send(person: Person, method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object): Promise<Answer> {
    try {
      const answer = await request(url, {
        dispatcher,
        method,
        headers: {
          ...(through === 'gateway' ? { authorization: `Bearer ${person.token}` } : asGateway(own, person)),
          'x-queue-token': person.queueToken,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await answer.body.text()
      const told = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
      return { status: answer.statusCode, code: String(told['code'] ?? ''), body: told, text }
    } catch {
      return { status: 599, code: 'NO_ANSWER', body: {}, text: '' }
    }
  }
  return { send, close: () => dispatcher.close() }
}

/** Where a person's calls go: the gateway, or the services themselves, each by its own address. */
export type Through = 'gateway' | { readonly reservation: string; readonly payment: string }

/**
 * People whose turn it is, and their calls: the waiting room is not what these tests are about. Past the gateway they call as
 * it would, because after a death its breaker keeps everybody away for longer than a hold lasts.
 */
export function peopleOf(own: OpenSystem, through: Through) {
  const urls = through === 'gateway' ? { reservation: own.gatewayUrl, payment: own.gatewayUrl } : through
  const mint = createMint(own.secrets.jwtSigningKeys)
  const { send, close } = sendFor(own, through === 'gateway' ? 'gateway' : 'service')
  const { scheduleId } = own
  /** Gives a person a reservation token, again after Redis has lost it. */
  async function admit(person: Person): Promise<void> {
    person.queueToken = newQueueToken('RESERVATION')
    const issuedAt = Date.now()
    const facts = {
      userId: person.userId,
      scheduleId,
      type: 'RESERVATION',
      issuedAt,
      expiresAt: issuedAt + queueTokenMs,
    }
    await own.books.redis.client.set(tokenKey(person.queueToken), JSON.stringify(facts), 'PX', queueTokenMs)
  }
  async function admitted(): Promise<Person> {
    const userId = randomUUID()
    const person = { userId, token: mint.token(userId), queueToken: '' }
    await admit(person)
    return person
  }
  const reservations = `${urls.reservation}/reservations`
  const payments = `${urls.payment}/payments`
  return {
    admit,
    admitted,
    hold: (person: Person, seatIds: readonly string[]) =>
      send(person, 'POST', `${reservations}/hold`, { scheduleId, seatIds }),
    change: (person: Person, reservationId: string, newSeatIds: readonly string[]) =>
      send(person, 'PUT', `${reservations}/hold/${reservationId}`, { newSeatIds }),
    release: (person: Person, reservationId: string) => send(person, 'DELETE', `${reservations}/hold/${reservationId}`),
    giveBack: (person: Person, reservationId: string) => send(person, 'DELETE', `${reservations}/${reservationId}`),
    openPayment: (person: Person, body: object) => send(person, 'POST', payments, body),
    confirmPayment: (person: Person, body: object) => send(person, 'POST', `${payments}/confirm`, body),
    close,
  }
}

/** The services of a system by their own addresses. */
export const servicesOf = ({ system }: OpenSystem): Exclude<Through, 'gateway'> => ({
  reservation: `http://127.0.0.1:${system.plan.ports.reservation}`,
  payment: `http://127.0.0.1:${system.plan.ports.payment}`,
})

export type People = ReturnType<typeof peopleOf>
