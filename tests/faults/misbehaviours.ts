import type { OpenSystem } from '../system/open-system.ts'
import type { Plan } from './payment-failpoints.ts'

/** One way in which the sandbox misbehaves; see `PUT /sandbox/faults`. */
export interface Fault {
  readonly match: string
  readonly kind: 'delay' | 'status' | 'reset' | 'drop-answer' | 'webhook-duplicate' | 'webhook-delay' | 'webhook-lose'
  readonly value?: number
  readonly times?: number
}

/** The sandbox misbehaves in these ways from now on, and in no other. */
export async function misbehave({ sandboxUrl }: OpenSystem, faults: readonly Fault[]): Promise<void> {
  const answer = await fetch(`${sandboxUrl}/sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(faults),
  })
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`)
}

/** How long a buyer and a call to PortOne wait in these tests. */
export const limitMs = 1_000

/** What may become of a call. */
const fates = {
  'answers after the limit': { kind: 'delay', value: 2.5 * limitMs },
  'answers 500': { kind: 'status', value: 500 },
  'resets the connection': { kind: 'reset' },
  'does it and drops the answer': { kind: 'drop-answer' },
} as const

/** Each call to PortOne, the purchase that makes it, and what its buyer is told the first time. */
const calls = {
  PRE_REGISTER: { plan: 'buy', method: 'POST', verb: '/pre-register', firstTold: '503 PORTONE_UNAVAILABLE' },
  READ: { plan: 'buy', method: 'GET', verb: '', firstTold: '202 PENDING' },
  CAPTURE: { plan: 'approve', method: 'POST', verb: '/confirm', firstTold: '202 PENDING' },
  CANCEL: { plan: 'underpay', method: 'POST', verb: '/cancel', firstTold: '202 PENDING' },
  REFUND: { plan: 'return', method: 'POST', verb: '/cancel', firstTold: '200 CANCELLED' },
} as const

export interface Row {
  readonly call: keyof typeof calls
  readonly fate: keyof typeof fates
  readonly plan: Plan
  /** The buyer's first answer of the step that makes the call. */
  readonly firstTold: string
  readonly faultOf: (portonePaymentId: string) => Fault
}

/** How often in a row: the buyer and the job that looks after him both meet it. */
const timesInARow = 2

/** Every call with every fate. */
export const rows: readonly Row[] = Object.entries(calls).flatMap(([call, { plan, method, verb, firstTold }]) =>
  Object.entries(fates).map(([fate, kind]) => ({
    call: call as Row['call'],
    fate: fate as Row['fate'],
    plan,
    firstTold,
    faultOf: (id) => ({
      ...kind,
      match: `${method} /payments/${id}${verb}`,
      times: call === 'PRE_REGISTER' ? 1 : timesInARow,
    }),
  })),
)
