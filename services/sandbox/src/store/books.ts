import {
  type Answer,
  type BookEvent,
  bookEventSchema,
  type OauthUser,
  type Verification,
  type WebhookRecord,
} from '../domain/book-event.ts'
import type { Payment } from '../domain/payment.ts'
import { applyEvent, emptyState } from './book-state.ts'
import { noJournal, openJournal } from './journal.ts'

/** Everything the sandbox must not forget. Read the maps freely; they change only through `record`. */
export interface Books {
  readonly payments: ReadonlyMap<string, Payment>
  readonly webhooks: ReadonlyMap<string, WebhookRecord>
  readonly verifications: ReadonlyMap<string, Verification>
  readonly users: ReadonlyMap<string, OauthUser>
  readonly answers: ReadonlyMap<string, Answer>
  /** The webhooks of a payment, oldest first. */
  webhooksOf(paymentId: string): WebhookRecord[]
  /** Makes the event true and appends it to the ledger file. */
  record(event: BookEvent): void
  /** Throws BooksFullError when nothing more may begin; what follows from work under way is always recorded. */
  assertRoom(): void
  /** Removes stored answers older than `beforeMs` (Unix ms). */
  forgetAnswersBefore(beforeMs: number): void
  /** Resolves when everything recorded is in the ledger file; rejects when it cannot be written. */
  settled(): Promise<void>
  wipe(): void
  close(): Promise<void>
}

/** The books hold as many entries as they may. */
export class BooksFullError extends Error {
  override readonly name = 'BooksFullError'
  readonly statusCode = 503
}

/**
 * Opens the books as `ledgerFile` left them, or empty ones that end with the process. They take new work until they
 * hold `maxEntries` payments, attempts, cancellations, webhooks, sendings, verifications, users and answers together.
 */
export async function openBooks(options: { ledgerFile: string | undefined; maxEntries: number }): Promise<Books> {
  const state = emptyState()
  const { ledgerFile, maxEntries } = options
  const replay = (entry: unknown) => applyEvent(state, bookEventSchema.parse(entry))
  const journal = ledgerFile === undefined ? noJournal : await openJournal(ledgerFile, replay)
  return {
    payments: state.payments,
    webhooks: state.webhooks,
    verifications: state.verifications,
    users: state.users,
    answers: state.answers,
    webhooksOf: (paymentId) => (state.webhookIds.get(paymentId) ?? []).flatMap((id) => state.webhooks.get(id) ?? []),
    record: (event) => {
      applyEvent(state, event)
      journal.append(event)
    },
    assertRoom: () => {
      if (state.entries < maxEntries) return
      throw new BooksFullError(`the sandbox keeps at most ${maxEntries} entries (MAX_ENTRIES): POST /sandbox/reset`)
    },
    forgetAnswersBefore: (beforeMs) => {
      // Answers lie in the order in which they were given, so the first young one ends the search.
      for (const [key, answer] of state.answers) {
        if (answer.atMs >= beforeMs) return
        state.answers.delete(key)
        state.entries -= 1
      }
    },
    settled: journal.settled,
    wipe: () => {
      for (const map of [state.payments, state.webhooks, state.webhookIds]) map.clear()
      for (const map of [state.verifications, state.users, state.answers]) map.clear()
      state.entries = 0
      journal.wipe()
    },
    close: journal.close,
  }
}
