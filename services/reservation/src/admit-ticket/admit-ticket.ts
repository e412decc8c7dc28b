import { type TicketFacts, type TicketVerdict, verifyTicketCode } from '@ticket-queue/contracts/ticket'
import type { Kysely } from 'kysely'
import type { TicketKeys } from '../domain/ticket-keys.ts'
import type { Database } from '../store/database.ts'
import { databaseNowMs, type EntryOutcome, enterSeat } from '../store/ticket-entries.ts'

export interface AdmitTicketDeps {
  readonly db: Kysely<Database>
  readonly ticketKeys: TicketKeys
}

type Refused = Extract<TicketVerdict, { ok: false }>['refused']

export type Admission = { readonly outcome: Refused } | (EntryOutcome & { readonly facts: TicketFacts })

/**
 * Lets the holder of a code in, once (RSV-010): the code is judged by the database's clock, the reservation and the seat
 * by the rows.
 */
export async function admitTicket(
  deps: AdmitTicketDeps,
  input: { code: string; scheduleId: string; gate: string | null; scannedBy: string },
): Promise<Admission> {
  const { code, scheduleId, gate, scannedBy } = input
  const { publicKeys } = deps.ticketKeys
  const nowMs = await databaseNowMs(deps.db)
  const verdict = await verifyTicketCode(code, { publicKeys, nowMs, scheduleId })
  if (!verdict.ok) return { outcome: verdict.refused }
  const { facts } = verdict
  return { ...(await enterSeat(deps.db, { ...facts, gate, scannedBy, scannedAt: null })), facts }
}
