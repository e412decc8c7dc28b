import type { Failpoint } from './wire.ts'

/** What a buyer does; a step is repeated, as a page does, until its outcome is known. */
export const plans = {
  buy: ['register', 'pay', 'confirm'],
  /** The channel asks for manual approval (수동 승인): the money moves when we say so. */
  approve: ['register', 'pay', 'confirm'],
  /** The card is declined. */
  decline: ['register', 'pay', 'confirm'],
  /** Another sum is paid than was registered. */
  underpay: ['register', 'pay', 'confirm'],
  /** Pays and closes the browser: PortOne's webhook alone tells of it. */
  leave: ['register', 'pay', 'wait'],
  /** Pays when the hold is over and the payment has failed for that; nobody else has the seats. */
  late: ['register', 'lapse', 'pay', 'confirm'],
  /** Gives the ticket back. */
  return: ['register', 'pay', 'confirm', 'wait', 'return'],
} as const satisfies Record<string, readonly Step[]>

export type Step = 'register' | 'lapse' | 'pay' | 'confirm' | 'wait' | 'return'
export type Plan = keyof typeof plans

/** A place at which a process dies while somebody buys. */
export interface KillPoint extends Failpoint {
  readonly wire: 'paymentDatabase' | 'reservationDatabase' | 'portone' | 'begin' | 'queue' | 'payment' | 'reservation'
  readonly process: 'payment' | 'reservation'
  readonly plan: Plan
  /** The step that leads there, in the call itself or behind it. */
  readonly during: Step
}

type Where = Pick<KillPoint, 'wire' | 'process' | 'plan' | 'during'>
type What = Pick<Failpoint, 'text' | 'followedBy' | 'answered'>

const before = (where: Where, what: What): KillPoint => ({ ...where, ...what, moment: 'before' })
const after = (where: Where, what: What): KillPoint => ({ ...where, ...what, moment: 'after' })

const payment = { process: 'payment', wire: 'paymentDatabase' } as const
const reservation = { process: 'reservation', wire: 'reservationDatabase' } as const
const registering = { ...payment, plan: 'buy', during: 'register' } as const
const confirming = { ...payment, plan: 'buy', during: 'confirm' } as const
const capturing = { ...payment, plan: 'approve', during: 'confirm' } as const
const declined = { ...payment, plan: 'decline', during: 'confirm' } as const
const underpaid = { ...payment, plan: 'underpay', during: 'confirm' } as const
const late = { ...payment, plan: 'late', during: 'confirm' } as const
const takingBack = { ...reservation, plan: 'late', during: 'confirm' } as const
const left = { ...payment, plan: 'leave', during: 'pay' } as const
const returning = { ...payment, plan: 'return', during: 'return' } as const
const reserving = { ...reservation, plan: 'buy', during: 'confirm' } as const
const releasing = { ...reservation, plan: 'decline', during: 'confirm' } as const
const cancelling = { ...reservation, plan: 'return', during: 'return' } as const
const portone = { wire: 'portone' } as const
const begin = { wire: 'begin' } as const
const answerOfPayment = { wire: 'payment' } as const

/** A row of the saga, alone or among others, in the parameter that has them all. */
const sagaRow = (step: string, state: string): What => ({ text: `"step":"${step}","state":"${state}"` })
/** The commit of the transaction in which this is sent. */
const commitOf = (what: What): What => ({ ...what, followedBy: 'commit\0' })

const paymentRow = { text: 'INSERT INTO payments (' }
const preRegister = { text: '/pre-register HTTP' }
const beginCall = { text: '/begin-payment HTTP' }
const read = { text: 'GET /payments/tq' }
const capture = { text: '/confirm HTTP' }
const cancel = { text: '/cancel HTTP' }
/** Who has bought leaves the shop; the answer is on its way meanwhile. */
const leave = { text: 'DELETE /internal/tokens' }
const success = { text: "UPDATE payments SET status = 'SUCCESS', paid_at" }
const failure = { text: 'update "payments" set "status" = $1, "failed_at"' }
const reopened = { text: 'update "payments" set "status" = $1, "failed_at" = $2' }
const refunded = { text: 'update "payments" set "status" = $1, "refund_amount"' }
const refundDue = { text: 'update "payments" set "refund_due_amount"' }
const delivery = { text: 'INSERT INTO webhook_deliveries' }
const readUnsent = { text: 'select id, event_type, topic, key, payload::text' }
const markSent = { text: 'update outbox_events set published = true' }
const pin = { text: 'update "reservations" set "payment_id"' }
const confirmed = { text: "UPDATE reservations SET status = 'CONFIRMED', confirmed_at" }
const takenBack = { text: 'update "reservations" set "status" = $1, "cancelled_at" = $2' }
const ended = { text: 'update "reservations" set "status" = $1, "cancelled_at"' }

/**
 * Places at which the payment or the reservation service dies while somebody buys, `<step>:<what is next or has been done
 * last>`, in the order of the purchase. The relay runs inside the services. If the code no longer sends the text of a place,
 * the place is not passed, and that is a failure.
 */
export const paymentFailpoints = {
  'register:before-row': before(registering, paymentRow),
  'register:after-row': after(registering, paymentRow),
  'register:before-portone': before({ ...registering, ...portone }, preRegister),
  'register:after-portone': after({ ...registering, ...portone }, preRegister),
  'register:after-step': after(registering, sagaRow('PRE_REGISTER', 'DONE')),
  'register:before-answer': after({ ...registering, ...answerOfPayment }, { text: 'POST /payments HTTP' }),

  'confirm:after-step': after(confirming, sagaRow('BEGIN', 'STARTED')),
  'confirm:before-begin': before({ ...confirming, ...begin }, beginCall),
  'confirm:after-begin': after({ ...confirming, ...begin }, beginCall),
  'confirm:after-begun-step': after(confirming, sagaRow('BEGIN', 'DONE')),
  'confirm:before-read': before({ ...confirming, ...portone }, read),
  'confirm:after-read': after({ ...confirming, ...portone }, read),
  'confirm:before-row': before(confirming, success),
  'confirm:before-commit': before(confirming, commitOf(success)),
  'confirm:after-commit': after(confirming, success),
  'confirm:before-answer': after({ ...confirming, ...answerOfPayment }, { text: 'POST /payments/confirm HTTP' }),
  'confirm:before-leaving': before({ ...confirming, wire: 'queue' }, leave),
  'confirm:after-leaving': after({ ...confirming, wire: 'queue' }, leave),

  'capture:after-token': after(capturing, sagaRow('CAPTURE', 'UNKNOWN')),
  'capture:after-step': after(capturing, sagaRow('CAPTURE', 'STARTED')),
  'capture:before-portone': before({ ...capturing, ...portone }, capture),
  'capture:after-portone': after({ ...capturing, ...portone }, capture),
  'capture:after-done-step': after(capturing, sagaRow('CAPTURE', 'DONE')),

  'decline:before-commit': before(declined, commitOf(failure)),
  'decline:after-commit': after(declined, failure),

  'undo:before-portone': before({ ...underpaid, ...portone }, cancel),
  'undo:after-portone': after({ ...underpaid, ...portone }, cancel),
  'undo:before-commit': before(underpaid, commitOf(failure)),
  'undo:after-commit': after(underpaid, failure),

  'late:after-begin': after({ ...late, ...begin }, beginCall),
  'late:after-begun-step': after(late, sagaRow('BEGIN', 'DONE')),
  'late:before-commit': before(late, commitOf(reopened)),
  'late:after-commit': after(late, reopened),
  'take-back:before-commit': before(takingBack, commitOf(takenBack)),
  'take-back:after-commit': after(takingBack, takenBack),

  'webhook:before-row': before(left, delivery),
  'webhook:after-row': after(left, delivery),
  'webhook:before-answer': after({ ...left, ...answerOfPayment }, { text: 'POST /payments/webhook HTTP' }),

  'relay:before-send': after(confirming, { ...readUnsent, answered: 'PaymentSuccess' }),
  'relay:after-send': before(confirming, markSent),
  'relay:after-mark': after(confirming, markSent),

  'begin:before-pin': before(reserving, pin),
  'begin:after-pin': after(reserving, pin),

  'consume:before-effect': before(reserving, confirmed),
  'consume:before-commit': before(reserving, commitOf(confirmed)),
  'consume:before-offset': after(reserving, confirmed),
  'release:before-commit': before(releasing, commitOf(ended)),
  'release:before-offset': after(releasing, ended),

  'tell:before-send': after(reserving, { ...readUnsent, answered: 'ReservationConfirmed' }),
  'tell:after-send': before(reserving, markSent),
  'tell:after-mark': after(reserving, markSent),

  'return:before-commit': before(cancelling, commitOf(ended)),
  'return:after-commit': after(cancelling, ended),
  'return:before-answer': after({ ...cancelling, wire: 'reservation' }, { text: 'DELETE /reservations/' }),

  'refund:before-due': before(returning, refundDue),
  'refund:before-offset': after(returning, refundDue),
  'refund:after-step': after(returning, sagaRow('REFUND', 'STARTED')),
  'refund:before-portone': before({ ...returning, ...portone }, cancel),
  'refund:after-portone': after({ ...returning, ...portone }, cancel),
  'refund:before-commit': before(returning, commitOf(refunded)),
  'refund:after-commit': after(returning, refunded),
} as const satisfies Record<string, KillPoint>

export type PaymentFailpointName = keyof typeof paymentFailpoints

/** All of them in their order. */
export const paymentFailpointNames = Object.keys(paymentFailpoints) as PaymentFailpointName[]
