import type { System } from '@ticket-queue/scripts/system'
import type { ProcessName } from '@ticket-queue/scripts/topology'
import { waitUntil } from '@ticket-queue/testing/wait-until'
import { sql } from 'kysely'
import type { SaleAddress, SoldTicket } from './sell-tickets.ts'

export interface RefundReport {
  readonly tickets: number
  readonly seconds: number
  /** How many cancellations PortOne has made within one second, at most. */
  readonly perSecondMax: number
  readonly kills: readonly { readonly process: ProcessName; readonly refundedBefore: number }[]
  /** Tickets whose money is not given back in full by exactly one cancellation, or that the books do not call refunded once. */
  readonly wrong: readonly string[]
}

const restartMaxMs = 60_000
const refundMaxMs = 600_000

/**
 * Calls the show off, kills the reservation and the payment service twice each on the way, waits until nothing is owed to anybody
 * and compares PortOne's own books: every ticket refunded in full, by one cancellation, told once.
 */
export async function refundTickets(
  own: SaleAddress & { readonly system: Pick<System, 'processes'> },
  tickets: readonly SoldTicket[],
  callOff: () => Promise<unknown>,
): Promise<RefundReport> {
  const { db } = own.books.database
  const ids = tickets.map(({ paymentId }) => paymentId)
  const refunded = async () => {
    const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM payment_service.payments
      WHERE status = 'REFUNDED' AND id = ANY(${ids}::uuid[])`.execute(db)
    return rows[0]?.count ?? 0
  }
  const kills: { process: ProcessName; refundedBefore: number }[] = []
  const kill = async (name: ProcessName) => {
    const one = own.system.processes.get(name)
    const pid = one?.pid()
    kills.push({ process: name, refundedBefore: await refunded() })
    one?.kill('SIGKILL')
    await waitUntil(() => one?.pid() !== undefined && one.pid() !== pid, { timeoutMs: restartMaxMs })
  }
  const until = (share: number) =>
    waitUntil(async () => (await refunded()) >= share * tickets.length, { timeoutMs: refundMaxMs, intervalMs: 100 })

  const begunAtMs = performance.now()
  await callOff()
  await kill('reservation')
  await until(0.1)
  await kill('payment')
  await kill('reservation')
  await until(0.5)
  await kill('payment')
  await until(1)
  const seconds = (performance.now() - begunAtMs) / 1_000
  const judged = await judge(own, tickets)
  return { tickets: tickets.length, seconds, kills, ...judged }
}

async function judge({ books }: SaleAddress, tickets: readonly SoldTicket[]) {
  const ledger = new Map((await books.ledger()).map((entry) => [entry.paymentId, entry]))
  const told = await toldRefunds(books)
  const wrong = tickets.flatMap(({ paymentId, portonePaymentId, amount }) => {
    const { capturedAmount = 0, cancellations = [] } = ledger.get(portonePaymentId) ?? {}
    const given = cancellations.map((one) => one.amount)
    const isRight = capturedAmount === amount && given.length === 1 && given[0] === amount && told.get(paymentId) === 1
    const what = `${paymentId} of ${amount}: given back ${given.join('+') || 0}, told ${told.get(paymentId) ?? 0} times`
    return isRight ? [] : [what]
  })
  const times = tickets.flatMap(({ portonePaymentId }) => ledger.get(portonePaymentId)?.cancellations ?? [])
  return { wrong, perSecondMax: mostInASecond(times.map(({ at }) => Date.parse(at))) }
}

function mostInASecond(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b)
  let [most, first] = [0, 0]
  for (const [index, atMs] of sorted.entries()) {
    while ((sorted[first] ?? atMs) <= atMs - 1_000) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

/** How often each payment's refund was told. */
async function toldRefunds({ database }: SaleAddress['books']): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ paymentId: string; told: number }>`
    SELECT aggregate_id AS "paymentId", count(*)::int AS told FROM common.outbox_events
    WHERE event_type = 'PaymentRefunded' GROUP BY aggregate_id`.execute(database.db)
  return new Map(rows.map((row) => [row.paymentId, row.told]))
}
