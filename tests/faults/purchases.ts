import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import type { OpenSystem } from '../system/open-system.ts'
import { endClaims } from './end-claims.ts'
import type { Plan, Step } from './payment-failpoints.ts'
import { type Answer, type Person, peopleOf, type Through } from './people.ts'

/** One purchase as its buyer knows it. */
export interface Purchase {
  readonly plan: Plan
  readonly person: Person
  readonly reservationId: string
  readonly seatIds: readonly string[]
  readonly totalAmount: number
  readonly paymentKey: string
  /** Empty until the payment is open. */
  paymentId: string
  portonePaymentId: string
  /** What the payment window gave. */
  window: { readonly transactionId: string; readonly paymentToken?: string }
  /** Every answer the buyer got, in order. */
  readonly told: { readonly step: Step; readonly answer: Answer }[]
}

export interface PurchaseDeps {
  readonly own: OpenSystem
  readonly through: Through
  /** Seats that nobody else wants. */
  readonly seats: readonly { readonly id: string }[]
}

const patienceMs = 90_000
const repeatPauseMs = 200
const seatsEach = 2

/** People who buy, step by step. A page repeats what was not answered, and a confirmation that is under way. */
export function purchasesOf({ own, through, seats }: PurchaseDeps) {
  const people = peopleOf(own, through)
  let used = 0
  const someSeats = () => {
    used += seatsEach
    return seats.slice(used - seatsEach, used).map((seat) => seat.id)
  }
  /** Somebody whose seats are held. */
  async function held(plan: Plan, seatIds: readonly string[] = someSeats()): Promise<Purchase> {
    const person = await people.admitted()
    const answer = await untilKnown(() => people.hold(person, seatIds))
    if (answer.status !== 201) throw new Error(`seats could not be held: ${answer.status} ${answer.text}`)
    person.queueToken = String(answer.body['paymentToken'])
    const { reservationId, totalAmount } = answer.body as { reservationId: string; totalAmount: number }
    const [paymentKey, window] = [randomUUID(), { transactionId: 'none yet' }]
    const open = { paymentId: '', portonePaymentId: '', window, told: [] }
    return { plan, person, reservationId, seatIds, totalAmount, paymentKey, ...open }
  }
  /** One call of a step, without a repeat; the buyer remembers the answer. */
  async function call(purchase: Purchase, step: 'register' | 'confirm' | 'return'): Promise<Answer> {
    const answer = await calls[step](people, purchase)
    purchase.told.push({ step, answer })
    if (step === 'register' && answer.status === 201) {
      purchase.paymentId = String(answer.body['paymentId'])
      purchase.portonePaymentId = String(answer.body['portonePaymentId'])
    }
    return answer
  }
  const steps: Record<Exclude<Step, 'wait'>, (purchase: Purchase) => Promise<unknown>> = {
    register: (purchase) => untilKnown(() => call(purchase, 'register')),
    lapse: (purchase) => lapse(own, purchase),
    pay: async (purchase) => {
      purchase.window = await payInWindow(own, purchase)
    },
    confirm: (purchase) => untilKnown(() => call(purchase, 'confirm')),
    return: (purchase) => untilKnown(() => call(purchase, 'return')),
  }
  return { held, call, ...steps, close: people.close }
}

export type Purchases = ReturnType<typeof purchasesOf>

type People = ReturnType<typeof peopleOf>

const calls = {
  register: (people: People, purchase: Purchase) =>
    people.openPayment(purchase.person, {
      reservationId: purchase.reservationId,
      amount: purchase.totalAmount,
      paymentMethod: 'CARD',
      paymentKey: purchase.paymentKey,
    }),
  confirm: (people: People, purchase: Purchase) =>
    people.confirmPayment(purchase.person, {
      reservationId: purchase.reservationId,
      paymentId: purchase.paymentId,
      paymentKey: purchase.paymentKey,
      amount: purchase.totalAmount,
      ...purchase.window,
    }),
  return: (people: People, purchase: Purchase) => people.giveBack(purchase.person, purchase.reservationId),
}

/** What is not answered or still under way is asked again, for a minute and a half; then the last answer stands. */
async function untilKnown(ask: () => Promise<Answer>): Promise<Answer> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const answer = await ask()
    const isOpen = answer.status >= 500 || answer.status === 202
    if (!isOpen || performance.now() > deadline) return answer
    await pause(repeatPauseMs)
  }
}

const windows: Record<Plan, object> = {
  buy: { outcome: 'PAID' },
  approve: { outcome: 'PAID', confirm: 'MANUAL' },
  decline: { outcome: 'FAILED' },
  underpay: { outcome: 'PAID', totalAmount: 1_000 },
  leave: { outcome: 'PAID' },
  late: { outcome: 'PAID' },
  return: { outcome: 'PAID' },
}

/** The time of a hold is over, the hold is swept, and the payment has failed for that. */
async function lapse({ books }: OpenSystem, { reservationId }: Purchase): Promise<void> {
  const { db } = books.database
  await sql`UPDATE reservation_service.reservations SET hold_expires_at = now() WHERE id = ${reservationId}::uuid`.execute(
    db,
  )
  const hasFailed = async () => {
    await endClaims(books)
    const { rows } = await sql`SELECT FROM payment_service.payments
      WHERE reservation_id = ${reservationId}::uuid AND status = 'FAILED'`.execute(db)
    return rows.length > 0
  }
  await waitUntil(hasFailed, { timeoutMs: patienceMs, intervalMs: repeatPauseMs })
}

/** The buyer leaves the payment window. */
export async function payInWindow({ sandboxUrl }: OpenSystem, { plan, portonePaymentId }: Purchase, how: object = {}) {
  const answer = await fetch(`${sandboxUrl}/sandbox/payments/${portonePaymentId}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...windows[plan], ...how }),
  })
  const { transactionId, paymentToken } = (await answer.json()) as { transactionId: string; paymentToken?: string }
  if (!answer.ok) throw new Error(`the payment window answered ${answer.status}`)
  return { transactionId, ...(paymentToken === undefined ? {} : { paymentToken }) }
}
