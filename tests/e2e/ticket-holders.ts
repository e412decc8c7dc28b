import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { untilSettled } from '../invariants/until-settled.ts'
import { chooseSeats, type Hold, signUpAndLogIn, waitForTurn } from '../load/crowd/buyer.ts'
import type { Caller } from '../load/crowd/call.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import type { TestSystem } from '../system/test-system.ts'

/** A reservation as its owner reads it. */
export interface Shown {
  readonly status: string
  readonly seats: readonly { readonly seatId: string }[]
  readonly totalAmount: number
  readonly paymentId: string
  readonly cancelReason: string | null
  readonly cancellation: { readonly feeNow: number; readonly refundNow: number } | null
}

/** People with holds and tickets in a running system, and what its books say of their money. */
export async function ticketHolders(own: TestSystem) {
  const road = await prepareRoad(own, createMeasures())
  const { db } = own.books.database
  /** A call through the gateway whose answer is wanted whatever it is. */
  async function send<T>(caller: Caller, method: string, path: string, body?: unknown) {
    const answer = await fetch(`${own.gatewayUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${caller.token}`,
        ...(caller.queueToken ? { 'x-queue-token': caller.queueToken } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as T }
  }
  async function holder(number: number): Promise<{ caller: Caller; hold: Hold }> {
    const caller = await signUpAndLogIn(road, number)
    await waitForTurn(road, caller)
    const hold = await chooseSeats(road, caller)
    if (!hold) throw new Error('there were no free seats')
    return { caller, hold }
  }
  const openPayment = (caller: Caller, hold: Hold, amount: number) =>
    send<{ paymentId: string; portonePaymentId: string; paymentKey: string }>(
      { ...caller, queueToken: hold.paymentToken },
      'POST',
      '/payments',
      { reservationId: hold.reservationId, amount, paymentMethod: 'CARD', paymentKey: randomUUID() },
    )
  const payInWindow = async (portonePaymentId: string, how: object = {}) => {
    const answer = await fetch(`${own.sandboxUrl}/sandbox/payments/${portonePaymentId}/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'PAID', ...how }),
    })
    return (await answer.json()) as { transactionId: string; paymentToken?: string }
  }
  /** The provider's own book of a payment. */
  const ledgerOf = async (paymentId: string) => {
    const { rows } = await sql<{ id: string }>`
      SELECT portone_payment_id AS id FROM payment_service.payments WHERE id = ${paymentId}::uuid`.execute(db)
    return (await own.books.ledger()).find((entry) => entry.paymentId === rows[0]?.id)
  }
  const brokenRules = async () => (await untilSettled(own.books, 90_000)).filter((rule) => rule.violations.length > 0)
  return { road, db, send, holder, openPayment, payInWindow, ledgerOf, brokenRules }
}
