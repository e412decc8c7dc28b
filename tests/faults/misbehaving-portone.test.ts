import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { untilSettled } from '../invariants/until-settled.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import { testSystem } from '../system/test-system.ts'
import { endClaims } from './end-claims.ts'
import { sendWebhooks } from './kill-purchases.ts'
import { type Fault, limitMs, misbehave, type Row, rows } from './misbehaviours.ts'
import { type Plan, plans, type Step } from './payment-failpoints.ts'
import { servicesOf } from './people.ts'
import { readEndings, sameKeySameAnswer, toldTheTruth } from './purchase-endings.ts'
import { type Purchase, payInWindow, purchasesOf } from './purchases.ts'
import { lastTold } from './report-purchases.ts'

const own = await testSystem({
  PORTONE_TIMEOUT_MS: String(limitMs),
  PORTONE_BREAKER_CALLS_MIN: '1000',
  FIRST_CHECK_SECONDS: '10',
  CHECK_CLAIM_SECONDS: '10',
  WEBHOOK_RETRY_FACTOR: '0.01',
})
const { seats } = await prepareRoad(own, createMeasures())
const purchases = purchasesOf({ own, through: servicesOf(own), seats })
afterAll(() => purchases.close())
const { db } = own.books.database
const webhookUrl = `${own.gatewayUrl}/payments/webhook`
const patience = { timeoutMs: 60_000, intervalMs: 200 }
beforeEach(() => misbehave(own, []))

const endingOf = async (purchase: Purchase) => {
  const [ending] = await readEndings(own.books, [purchase])
  if (!ending) throw new Error('a purchase has an ending')
  return ending
}
const ended = (purchase: Purchase, status: string) =>
  waitUntil(async () => {
    await endClaims(own.books)
    expect((await endingOf(purchase)).payment).toBe(status)
  }, patience)
const go = async (purchase: Purchase, steps: readonly Step[]) => {
  for (const step of steps) {
    if (step === 'wait') await ended(purchase, 'SUCCESS').then(() => ticketOf(purchase))
    else await purchases[step](purchase)
  }
}
const ticketOf = (purchase: Purchase) =>
  waitUntil(async () => expect((await endingOf(purchase)).ticket).not.toBeNull(), patience)
const registered = async (plan: Plan) => {
  const purchase = await purchases.held(plan)
  await purchases.register(purchase)
  return purchase
}

/** Rules that are broken once everything has settled; nobody of these was told anything false. */
async function brokenRules(bought: readonly Purchase[]) {
  await endClaims(own.books)
  const rules = [toldTheTruth(bought), sameKeySameAnswer(bought)]
  const checked = await untilSettled(own.books, 90_000, rules)
  return checked.filter((rule) => rule.violations.length > 0)
}

const firstTold = ({ told }: Purchase, step: Step) =>
  lastTold({ told: told.filter((one) => one.step === step).slice(0, 1) })
const stepOf = ({ call }: Row): Step =>
  call === 'PRE_REGISTER' ? 'register' : call === 'REFUND' ? 'return' : 'confirm'
const endOf: Record<Plan, string> = {
  buy: 'SUCCESS',
  approve: 'SUCCESS',
  leave: 'SUCCESS',
  decline: 'FAILED',
  underpay: 'FAILED',
  late: 'SUCCESS',
  return: 'REFUNDED',
}

test('each call to PortOne that is late, refused, reset or not answered: the buyer is told what is known, the books balance (M1–M7)', async () => {
  await sendWebhooks(own, null)
  const bought: { row: Row; purchase: Purchase }[] = []
  for (const row of rows) {
    const purchase = await purchases.held(row.plan)
    // Nobody knows the ID of a payment before it is registered, so that these come one after the other.
    if (row.call === 'PRE_REGISTER') await misbehave(own, [row.faultOf('*')])
    await purchases.register(purchase)
    bought.push({ row, purchase })
  }
  const others = bought.filter(({ row }) => row.call !== 'PRE_REGISTER')
  await misbehave(
    own,
    others.map(({ row, purchase }) => row.faultOf(purchase.portonePaymentId)),
  )
  await Promise.all(bought.map(({ row, purchase }) => go(purchase, plans[row.plan].slice(1))))
  expect(await brokenRules(bought.map(({ purchase }) => purchase))).toEqual([])
  // Where the first call was done without an answer, a look finds that and makes no second one.
  expect((await struck()).filter((times) => times === 0)).toEqual([])

  const outcomes = await Promise.all(
    bought.map(async ({ row, purchase }) => {
      const { payment } = await endingOf(purchase)
      return `${row.call} ${row.fate}: ${firstTold(purchase, stepOf(row))}, then ${payment}`
    }),
  )
  expect(outcomes).toEqual(rows.map((row) => `${row.call} ${row.fate}: ${row.firstTold}, then ${endOf[row.plan]}`))
}, 240_000)

/** How often each rule in force has struck. */
async function struck(): Promise<number[]> {
  const rules = (await (await fetch(`${own.sandboxUrl}/sandbox/faults`)).json()) as { struck: number }[]
  return rules.map((rule) => rule.struck)
}

/** Long enough for all that is to come before it. */
const laterMs = 8_000

/** What may become of webhooks; `match`: the request that causes them; `sent`: what the sandbox's ledger says of it. */
const webhookRows: {
  readonly plan: Plan
  readonly fault: Omit<Fault, 'match'>
  readonly isDeclinedFirst?: boolean
  readonly sent: readonly string[]
}[] = [
  // Each sent 21 times, the buyer gone.
  { plan: 'leave', fault: { kind: 'webhook-duplicate', value: 20 }, sent: ['Paid, 20 times more'] },
  // Each sent 21 times while the buyer confirms.
  { plan: 'buy', fault: { kind: 'webhook-duplicate', value: 20 }, sent: ['Paid, 20 times more'] },
  // Lost, the buyer gone.
  { plan: 'leave', fault: { kind: 'webhook-lose' }, sent: ['Paid, lost'] },
  // That of the declined card comes after that of the money.
  {
    plan: 'leave',
    fault: { kind: 'webhook-delay', value: laterMs, times: 1 },
    isDeclinedFirst: true,
    sent: ['Paid', 'Failed'],
  },
  // That of the money comes after that of its cancellation.
  { plan: 'underpay', fault: { kind: 'webhook-delay', value: laterMs }, sent: ['Cancelled', 'Paid'] },
]

test('webhooks that are repeated, lost or come in another order change nothing: each buyer has what he paid for or his money (M1)', async () => {
  await sendWebhooks(own, webhookUrl)
  const bought = await Promise.all(webhookRows.map(({ plan }) => registered(plan)))
  const causeOf = ({ portonePaymentId }: Purchase) => `POST /sandbox/payments/${portonePaymentId}/pay`
  await misbehave(
    own,
    bought.map((purchase, index) => ({ kind: 'reset', ...webhookRows[index]?.fault, match: causeOf(purchase) })),
  )
  await Promise.all(
    bought.map(async (purchase, index) => {
      if (webhookRows[index]?.isDeclinedFirst) await payInWindow(own, purchase, { outcome: 'FAILED' })
      await go(purchase, plans[purchase.plan].slice(1))
    }),
  )
  await webhooksOver()
  // A table whose faults did not strike would hold without any.
  const wanted = webhookRows.map(({ sent }) => sent)
  await waitUntil(async () => expect(await Promise.all(bought.map(webhooksOf))).toEqual(wanted), patience)
  expect(await brokenRules(bought)).toEqual([])
  const outcomes = await Promise.all(bought.map(async (one) => (await endingOf(one)).payment))
  expect(outcomes).toEqual(webhookRows.map(({ plan }) => endOf[plan]))
}, 180_000)

interface Webhook {
  readonly type: string
  readonly state: string
  readonly sends: readonly { readonly at: string; readonly trigger: string }[]
}
const readWebhooks = async (query = '') => {
  const ledger = await fetch(`${own.sandboxUrl}/sandbox/ledger${query}`)
  return ((await ledger.json()) as { webhooks: Webhook[] }).webhooks
}

/** Until none is left to be sent: what comes last must change nothing either. */
const webhooksOver = () =>
  waitUntil(async () => {
    const open = (await readWebhooks()).filter(({ state }) => state === 'PENDING')
    expect(open).toEqual([])
  }, patience)

/** The webhooks of a purchase in the order in which they were sent first, and what became of each. */
async function webhooksOf({ portonePaymentId }: Purchase): Promise<string[]> {
  const webhooks = await readWebhooks(`?paymentId=${portonePaymentId}`)
  const inOrder = webhooks.toSorted((a, b) => (a.sends[0]?.at ?? '').localeCompare(b.sends[0]?.at ?? ''))
  return inOrder.map(({ type, state, sends }) => {
    const copies = sends.filter(({ trigger }) => trigger === 'DUPLICATE').length
    const fate = state === 'LOST' ? ', lost' : copies > 0 ? `, ${copies} times more` : ''
    return `${type.replace('Transaction.', '')}${fate}`
  })
}

/** The time of a hold is over. */
const endHold = ({ reservationId }: Purchase) =>
  sql`UPDATE reservation_service.reservations SET hold_expires_at = now() WHERE id = ${reservationId}::uuid`.execute(db)

test('money that comes when the hold has ended buys the same seats if they are free, and else goes back in full; a hold that ends while PortOne is asked stays (M1, M3)', async () => {
  await sendWebhooks(own, webhookUrl)
  const [silent, returning] = [await registered('leave'), await registered('buy')]
  const [insistent, pinned] = [await registered('buy'), await registered('buy')]
  const late = [silent, returning, insistent]
  await Promise.all(late.map(endHold))
  await Promise.all(late.map((one) => ended(one, 'FAILED')))
  const next = await purchases.held('buy', insistent.seatIds)
  await go(next, plans.buy)

  await Promise.all([payInWindow(own, silent), ...[returning, insistent].map((one) => go(one, ['pay', 'confirm']))])
  await misbehave(own, [{ match: `GET /payments/${pinned.portonePaymentId}`, kind: 'reset', times: 2 }])
  await purchases.pay(pinned)
  await purchases.call(pinned, 'confirm')
  await endHold(pinned)
  await purchases.confirm(pinned)

  const bought = [silent, returning, insistent, pinned, next]
  expect(await brokenRules(bought)).toEqual([])
  expect([lastTold(returning), lastTold(insistent)]).toEqual(['200 SUCCESS', '409 PAYMENT_FAILED'])
  const outcomes = await Promise.all(bought.map(async (one) => (await endingOf(one)).payment))
  expect(outcomes).toEqual(['SUCCESS', 'SUCCESS', 'FAILED', 'SUCCESS', 'SUCCESS'])
  const kept = await Promise.all(bought.map(async (one) => (await endingOf(one)).kept))
  expect(kept).toEqual(bought.map((one) => (one === insistent ? 0 : one.totalAmount)))
}, 180_000)
