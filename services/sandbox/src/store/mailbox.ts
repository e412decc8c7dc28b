/** A mail as it was handed over. `to` are the envelope's recipients. */
export interface Mail {
  readonly id: string
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly raw: string
  readonly receivedAt: string
}

/** Mails in memory, for each recipient in the order in which they came. */
export interface Mailbox {
  /** False when the mail would be one too many or too much. */
  add(mail: Mail): boolean
  /** Newest first; all mails when no address is given. Addresses compare without regard to case. */
  list(to?: string): readonly Mail[]
  clear(): void
}

export function createMailbox(limits: { maxMails: number; maxChars: number }): Mailbox {
  let all: Mail[] = []
  let chars = 0
  const byRecipient = new Map<string, Mail[]>()
  return {
    add: (mail) => {
      const size = mail.raw.length + mail.text.length + mail.html.length
      if (all.length >= limits.maxMails || chars + size > limits.maxChars) return false
      chars += size
      all.push(mail)
      for (const address of new Set(mail.to.map((one) => one.toLowerCase()))) {
        const mails = byRecipient.get(address)
        if (mails) mails.push(mail)
        else byRecipient.set(address, [mail])
      }
      return true
    },
    list: (to) => (to === undefined ? all : (byRecipient.get(to.toLowerCase()) ?? [])).toReversed(),
    clear: () => {
      all = []
      chars = 0
      byRecipient.clear()
    },
  }
}
