import { drawTable } from '@ticket-queue/scripts/draw-table'
import { waitUntil } from '@ticket-queue/testing'
import type { CheckedRule } from '../invariants/check-books.ts'
import { untilSettled } from '../invariants/until-settled.ts'
import { type Percentiles, percentilesOf } from '../load/bench/load/percentiles.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import type { OpenSystem } from '../system/open-system.ts'
import { endClaims } from './end-claims.ts'
import { misbehave } from './misbehaviours.ts'
import { type Answer, servicesOf } from './people.ts'
import { toldTheTruth } from './purchase-endings.ts'
import { type Purchase, purchasesOf } from './purchases.ts'

/** The breaker closes while the run lasts, and not while it measures. */
export const openBreakerSettings = {
  PORTONE_BREAKER_RESET_MS: '20000',
  FIRST_CHECK_SECONDS: '5',
  CHECK_CLAIM_SECONDS: '10',
}

const paidBuyers = 20
const roundsMax = 5
const openingsMax = 40
const settleMs = 120_000

export interface OpenBreakerReport {
  readonly confirming: Percentiles
  readonly opening: Percentiles
  readonly answers: number
  /** Answers that were not a 503 with the warning against paying twice in Korean and English. */
  readonly others: readonly string[]
  readonly rules: readonly CheckedRule[]
}

/** In ms: 95 of 100 answers come sooner. */
const promptMs = 50

/** What the answers themselves must be, beside what the books say afterwards. */
export const judgeAnswers = (report: Omit<OpenBreakerReport, 'rules'>): CheckedRule[] => [
  {
    name: 'every answer while a breaker is open is a 503 with the warning in Korean and English',
    examined: report.answers,
    violations: report.answers === 0 ? ['nobody was answered'] : [...report.others],
  },
  {
    name: `the p95 of confirming and of opening a payment is below ${promptMs} ms while a breaker is open`,
    examined: report.answers,
    violations: Object.entries({ confirming: report.confirming, opening: report.opening }).flatMap(([what, { p95 }]) =>
      p95 < promptMs ? [] : [`${what}: p95 ${p95.toFixed(1)} ms`],
    ),
  },
]

/**
 * PortOne fails until its breakers are open; then buyers who have paid confirm, and others open payments: how long the 503 takes,
 * asked of the payment service as the gateway asks it. Afterwards PortOne is back, and every purchase must end.
 */
export async function openBreaker(system: OpenSystem, say: (line: string) => void): Promise<OpenBreakerReport> {
  const { seats } = await prepareRoad(system, createMeasures())
  const purchases = purchasesOf({ own: system, through: servicesOf(system), seats })
  const [paid, held] = [await atOnce(paidBuyers, () => purchases.held('buy')), await purchases.held('buy')]
  for (const purchase of paid) await purchases.register(purchase)
  await misbehave(system, [{ match: '* /payments/*', kind: 'status', value: 503 }])
  for (const purchase of paid) await purchases.pay(purchase)
  const confirm = (purchase: Purchase) => purchases.call(purchase, 'confirm')
  const open = () => purchases.call(held, 'register')
  for (const [what, ask] of [
    ['reads', () => Promise.all(paid.map(confirm))],
    ['pre-registrations', () => atOnce(paidBuyers, open)],
  ] as const) {
    await waitUntil(async () => [await ask()].flat().every(({ code }) => code === 'PORTONE_UNAVAILABLE'), {
      timeoutMs: 30_000,
    })
    say(`the breaker of ${what} is open`)
  }
  const confirming = await timed(
    paid.flatMap((purchase) => Array.from({ length: roundsMax }, () => () => confirm(purchase))),
  )
  const opening = await timed(Array.from({ length: openingsMax }, () => open))
  await misbehave(system, [])
  say('PortOne is back')
  await purchases.register(held)
  await purchases.pay(held)
  for (const purchase of [...paid, held]) await purchases.confirm(purchase)
  await endClaims(system.books)
  const rules = await untilSettled(system.books, settleMs, [toldTheTruth([...paid, held])])
  await purchases.close()
  const answers = [...confirming.answers, ...opening.answers]
  const told = {
    confirming: percentilesOf(confirming.ms),
    opening: percentilesOf(opening.ms),
    answers: answers.length,
    others: answers.filter((answer) => !isWarned(answer)).map(({ status, text }) => `${status} ${text}`),
  }
  return { ...told, rules: [...rules, ...judgeAnswers(told)] }
}

const atOnce = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make))

/** Whether an answer is the 503 of an open breaker, with the warning against paying twice in both languages (GW-017). */
export const isWarned = ({ status, code, text }: Answer): boolean =>
  status === 503 && code === 'PORTONE_UNAVAILABLE' && /다시 결제하지 말고.*do not pay again/.test(text)

/** One call after the other: what one buyer waits. */
async function timed(calls: readonly (() => Promise<Answer>)[]) {
  const [answers, ms]: [Answer[], number[]] = [[], []]
  for (const call of calls) {
    const begunAt = performance.now()
    answers.push(await call())
    ms.push(performance.now() - begunAt)
  }
  return { answers, ms }
}

/** What a person reads after it. */
export function reportOpenBreaker({ confirming, opening, answers, others }: OpenBreakerReport): string {
  const row = (what: string, { p50, p95, p99, max }: Percentiles) => [
    what,
    ...[p50, p95, p99, max].map((ms) => `${ms.toFixed(1)} ms`),
  ]
  const table = drawTable(
    ['503 while the breaker is open', 'p50', 'p95', 'p99', 'max'],
    [row('confirming a paid payment', confirming), row('opening a payment', opening)],
  )
  const warned = `  ${answers - others.length} of ${answers} answers were 503 with the warning in both languages.`
  return [table, '', warned, ...others.slice(0, 5).map((other) => `  ✗ ${other}`)].join('\n')
}
