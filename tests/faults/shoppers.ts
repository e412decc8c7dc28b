import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Rule } from '../invariants/rule.ts'
import { chooseSeats, pay, type RoadDeps, signUpAndLogIn, waitForTurn } from '../load/crowd/buyer.ts'
import type { Call, Caller } from '../load/crowd/call.ts'

/** What a buyer has been told is done. */
export interface Acknowledged {
  readonly what: 'reservation' | 'payment' | 'success'
  readonly id: string
}

/** Accounts made beforehand, so that nobody has to sign up while a store is away. */
export async function makeAccounts(deps: RoadDeps, count: number): Promise<Caller[]> {
  const accounts: Caller[] = []
  let made = 0
  const lane = async () => {
    while (made < count) {
      made += 1
      accounts.push(await signUpAndLogIn(deps, made))
    }
  }
  await Promise.all(Array.from({ length: 4 }, lane))
  return accounts
}

/**
 * Sends one buyer after the other into the queue at a steady rate, whatever becomes of those before, until there are no more
 * accounts or `signal` ends it. Resolves when everybody who has come is through.
 */
export async function shop(
  deps: RoadDeps,
  accounts: readonly Caller[],
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const through: Promise<void>[] = []
  for (const account of accounts) {
    if (signal.aborted) break
    through.push(buy(deps, account))
    await pause(everyMs)
  }
  await Promise.all(through)
}

async function buy(deps: RoadDeps, caller: Caller): Promise<void> {
  try {
    await waitForTurn(deps, caller)
    const hold = await chooseSeats(deps, caller)
    if (hold === null) throw new Error('no free seats found')
    await pay(deps, { ...caller, queueToken: hold.paymentToken }, hold, 'buy')
  } catch (error) {
    deps.measures.end('failed', error instanceof Error ? error.message : String(error))
  }
}

/** Gives a caller that writes down what the answers acknowledge. */
export const writingDown =
  (call: Call, acknowledged: Acknowledged[]): Call =>
  async <T>(...[step, caller, method, url, body]: Parameters<Call>) => {
    const answer = await call<T>(step, caller, method, url, body)
    if (method === 'POST') acknowledged.push(...acknowledgedBy(step, answer.body))
    return answer
  }

function acknowledgedBy(step: string, body: unknown): Acknowledged[] {
  const { reservationId, paymentId, status } = body as Record<string, string | undefined>
  if (step === 'hold' && reservationId) return [{ what: 'reservation', id: reservationId }]
  if (step === 'open payment' && paymentId) return [{ what: 'payment', id: paymentId }]
  if (step === 'confirm' && paymentId && status === 'SUCCESS') return [{ what: 'success', id: paymentId }]
  return []
}

/** What somebody has been told is done is in the database. */
export const nothingAcknowledgedIsMissing = (acknowledged: readonly Acknowledged[]): Rule => ({
  name: 'what was acknowledged is there',
  async check({ database }) {
    const { rows } = await sql<{ what: string }>`
      SELECT format('%s %s was acknowledged and is not there', told.what, told.id) AS what
      FROM unnest(
        ${acknowledged.map(({ what }) => what)}::text[], ${acknowledged.map(({ id }) => id)}::uuid[]
      ) AS told (what, id)
      WHERE NOT CASE told.what
        WHEN 'reservation' THEN EXISTS (SELECT FROM reservation_service.reservations WHERE id = told.id)
        WHEN 'payment' THEN EXISTS (SELECT FROM payment_service.payments WHERE id = told.id)
        ELSE EXISTS (SELECT FROM payment_service.payments WHERE id = told.id AND status IN ('SUCCESS', 'REFUNDED'))
      END`.execute(database.db)
    return { examined: acknowledged.length, violations: rows.map(({ what }) => what) }
  },
})
