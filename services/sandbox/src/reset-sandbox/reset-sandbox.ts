import type { Books } from '../store/books.ts'
import type { Faults } from '../store/faults.ts'
import type { Mailbox } from '../store/mailbox.ts'
import type { SignIns } from '../store/sign-ins.ts'
import type { UsedTokens } from '../store/used-tokens.ts'
import type { WebhookSender } from '../webhooks/sender.ts'

export interface ResetDeps {
  readonly books: Books
  readonly webhooks: WebhookSender
  readonly faults: Faults
  readonly mailbox: Mailbox
  readonly signIns: SignIns
  readonly usedTokens: UsedTokens
  /** Puts in what a fresh sandbox starts with. */
  readonly addFirstUsers: () => void
}

/** Forgets everything, in memory and in the ledger file; faults end, the webhook address is the configured one again. */
export function resetSandbox(deps: ResetDeps): void {
  deps.webhooks.reset()
  deps.books.wipe()
  deps.faults.replace([])
  deps.mailbox.clear()
  deps.signIns.codes.clear()
  deps.signIns.accessTokens.clear()
  deps.signIns.refreshTokens.clear()
  deps.usedTokens.clear()
  deps.addFirstUsers()
}
