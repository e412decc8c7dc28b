import { drawTable } from '@ticket-queue/scripts/draw-table'
import { reportBooks } from '../load/crowd/report.ts'
import type { KilledPurchase, KillReport } from './kill-purchases.ts'
import { paymentFailpoints } from './payment-failpoints.ts'
import type { Purchase } from './purchases.ts'

/** The settings of a system whose processes die: PortOne is asked soon, and repeats its webhooks soon. */
export const dyingSettings = { FIRST_CHECK_SECONDS: '5', CHECK_CLAIM_SECONDS: '10', WEBHOOK_RETRY_FACTOR: '0.01' }

const won = (amount: number) => amount.toLocaleString('en')

/** What the buyer was told last, in one or two words. */
export function lastTold({ told }: Pick<Purchase, 'told'>): string {
  const last = told.at(-1)?.answer
  if (last === undefined) return 'nothing'
  const status = last.body['status']
  return `${last.status} ${last.code || (typeof status === 'string' ? status : '')}`.trim()
}

/** One line a place, while they die. */
export function progressLine({ name, purchase, notPassed, seconds }: KilledPurchase, at: string): string {
  const { process } = paymentFailpoints[name]
  const what = notPassed === null ? `told ${lastTold(purchase)}` : `NOT PASSED: ${notPassed}`
  return `  ${at.padStart(7)}  ${name.padEnd(26)} ${process.padEnd(12)} ${seconds.toFixed(1).padStart(5)} s  ${what}`
}

/** Places with what has become of their purchases, then the rules. */
export function reportKills({ killed, rules }: KillReport): string {
  const rows = killed.map(({ name, purchase, notPassed, ending, broken }) => [
    broken.length === 0 && notPassed === null ? '✓' : '✗',
    name,
    paymentFailpoints[name].process,
    lastTold(purchase),
    ending.payment,
    ending.reservation,
    ending.ticket === null ? '–' : 'yes',
    won(ending.captured),
    won(ending.kept),
    notPassed === null ? (broken.length === 0 ? 'hold' : `${broken.length} broken`) : 'not passed',
  ])
  const head = ['', 'failpoint', 'killed', 'last told', 'payment', 'reservation', 'ticket', 'captured', 'kept', 'rules']
  return `${drawTable(head, rows)}\n\n${reportBooks(rules)}`
}
