import { setTimeout as pause } from 'node:timers/promises'
import type { CheckedRule } from '../invariants/check-books.ts'
import type { Rule } from '../invariants/rule.ts'
import { untilSettled } from '../invariants/until-settled.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import type { OpenSystem } from '../system/open-system.ts'
import { endClaims } from './end-claims.ts'
import { followEvents } from './follow-events.ts'
import { type KillPoint, type PaymentFailpointName, paymentFailpoints, plans, type Step } from './payment-failpoints.ts'
import {
  countOpen,
  type Ending,
  endedAsPlanned,
  readEndings,
  sameKeySameAnswer,
  toldTheTruth,
} from './purchase-endings.ts'
import type { DyingSystem } from './purchase-wires.ts'
import { type Purchase, type Purchases, purchasesOf } from './purchases.ts'

/** One failpoint and what came of it. */
export interface KilledPurchase {
  readonly name: PaymentFailpointName
  readonly purchase: Purchase
  /** Why the place was not passed; null if the process died there. */
  readonly notPassed: string | null
  readonly seconds: number
}

export interface KillReport {
  readonly killed: readonly (KilledPurchase & { readonly ending: Ending; readonly broken: readonly string[] })[]
  readonly rules: readonly CheckedRule[]
}

const reachMaxMs = 45_000
const settleRoundMs = 3_000
const settleRoundsMax = 40
const ticketMaxMs = 60_000
const lookEveryMs = 200
const quietMaxMs = 45_000

/**
 * Kills payment or reservation service once in each place while somebody buys, has the buyer repeat what was not answered,
 * waits until everything has settled and checks the books. One system and one purchase a place.
 */
export async function killPurchases(
  dying: DyingSystem,
  names: readonly PaymentFailpointName[],
  onProgress: (killed: KilledPurchase) => void = () => {},
): Promise<KillReport> {
  const { own, through } = dying
  const { seats } = await prepareRoad(own, createMeasures())
  const purchases = purchasesOf({ own, through, seats })
  const events = await followEvents(own.system)
  const killed: KilledPurchase[] = []
  try {
    await sendWebhooks(own, null)
    for (const name of names) {
      const one = await killAt(dying, purchases, name)
      killed.push(one)
      onProgress(one)
    }
    const bought = killed.map(({ purchase }) => purchase)
    const rules = await settle(dying, [
      everyPlacePassed(killed),
      endedAsPlanned(bought),
      toldTheTruth(bought),
      sameKeySameAnswer(bought),
      events.rule,
    ])
    const endings = await readEndings(own.books, bought)
    return { rules, killed: killed.map((one, index) => ({ ...one, ...judge(one, endings[index], rules) })) }
  } finally {
    await purchases.close()
    await events.close()
  }
}

function judge({ purchase }: KilledPurchase, ending: Ending | undefined, rules: readonly CheckedRule[]) {
  if (ending === undefined) throw new Error('there are as many endings as purchases')
  const ids = [purchase.reservationId, purchase.paymentId, purchase.portonePaymentId].filter((id) => id !== '')
  const names = (violation: string) => ids.some((id) => violation.includes(id))
  return { ending, broken: rules.filter((rule) => rule.violations.some(names)).map((rule) => rule.name) }
}

async function killAt(dying: DyingSystem, purchases: Purchases, name: PaymentFailpointName): Promise<KilledPurchase> {
  const begunAt = performance.now()
  const point: KillPoint = paymentFailpoints[name]
  await dying.takesCalls('payment')
  await dying.takesCalls('reservation')
  await untilQuiet(dying.own)
  const purchase = await purchases.held(point.plan)
  if (point.plan === 'leave') await sendWebhooks(dying.own, `${dying.own.gatewayUrl}/payments/webhook`)
  let notPassed: string | null = null
  for (const step of plans[point.plan]) {
    const reached = step === point.during ? dying.dieAt(point) : null
    await take(dying, purchases, purchase, step)
    if (reached !== null) notPassed = await whyNotPassed(dying, reached, point)
  }
  if (point.plan === 'leave') await sendWebhooks(dying.own, null)
  return { name, purchase, notPassed, seconds: (performance.now() - begunAt) / 1_000 }
}

async function take({ own }: DyingSystem, purchases: Purchases, purchase: Purchase, step: Step): Promise<void> {
  if (step === 'wait') return untilTicket(own, purchase)
  await purchases[step](purchase)
  // M6: the page is loaded anew.
  if (step === 'register') await purchases.call(purchase, 'register')
}

/** Until nothing of earlier purchases is under way: the process is to die of this one. What stays open the rules name at the end. */
async function untilQuiet({ books }: OpenSystem): Promise<void> {
  const deadline = performance.now() + quietMaxMs
  while (performance.now() < deadline) {
    await endClaims(books)
    if ((await countOpen(books)) === 0) return
    await pause(lookEveryMs)
  }
}

/** Until the ticket is there or is not to be expected any more: the books tell which. */
async function untilTicket({ books }: OpenSystem, purchase: Purchase): Promise<void> {
  const deadline = performance.now() + ticketMaxMs
  while (performance.now() < deadline) {
    await endClaims(books)
    const [ending] = await readEndings(books, [purchase])
    if (ending?.reservation !== 'PENDING') return
    await pause(lookEveryMs)
  }
}

async function whyNotPassed(dying: DyingSystem, reached: Promise<void>, point: KillPoint): Promise<string | null> {
  const given = new AbortController()
  const late = pause(reachMaxMs, `"${point.text}" was not seen on the wire ${point.wire}`, { signal: given.signal })
  late.catch(() => {})
  const why = await Promise.race([reached.then(() => null), late])
  given.abort()
  if (why !== null) dying.disarm()
  return why
}

/** Webhooks only where a place is about them: elsewhere they would settle what the buyer is about to. */
export async function sendWebhooks({ sandboxUrl }: OpenSystem, url: string | null): Promise<void> {
  const answer = await fetch(`${sandboxUrl}/sandbox/webhook-url`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  })
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}`)
}

async function settle({ own }: DyingSystem, extraRules: readonly Rule[]): Promise<CheckedRule[]> {
  for (let round = 1; ; round += 1) {
    await endClaims(own.books)
    const checked = await untilSettled(own.books, settleRoundMs, extraRules)
    if (round === settleRoundsMax || checked.every((rule) => rule.violations.length === 0)) return checked
  }
}

const everyPlacePassed = (killed: readonly KilledPurchase[]): Rule => ({
  name: 'every named place was passed, and its process died there',
  check: async () => ({
    examined: killed.length,
    violations: killed.flatMap(({ name, notPassed, purchase }) =>
      notPassed === null ? [] : [`${name} (reservation ${purchase.reservationId}): ${notPassed}`],
    ),
  }),
})
