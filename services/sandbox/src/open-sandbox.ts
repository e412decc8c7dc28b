import type { App, Log, Metrics } from '@ticket-queue/service-kit'
import { addFirstUsers } from './add-oauth-user/add-oauth-user.ts'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { createIdTokens } from './sign-in-with-provider/id-tokens.ts'
import { openBooks } from './store/books.ts'
import { createFaults } from './store/faults.ts'
import { createMailbox, type Mailbox } from './store/mailbox.ts'
import { createSignIns } from './store/sign-ins.ts'
import { createUsedTokens } from './store/used-tokens.ts'
import { createWebhookSender } from './webhooks/sender.ts'

export interface Sandbox {
  readonly app: App
  readonly mailbox: Mailbox
  close(): Promise<void>
}

const maxMailChars = 256 * 1024 * 1024
const maxUsedTokens = 400_000

/** Opens the books and everything over them as `config` says; `now` gives Unix ms. Nothing listens yet. */
export async function openSandbox(
  config: Config,
  surroundings: { log: Log; metrics: Metrics; now: () => number },
): Promise<Sandbox> {
  const { log, metrics, now } = surroundings
  const books = await openBooks({ ledgerFile: config.LEDGER_FILE, maxEntries: config.MAX_ENTRIES })
  const faults = createFaults(Math.random)
  const webhooks = createWebhookSender({
    books,
    faults,
    log,
    now,
    random: Math.random,
    settings: webhookSettings(config),
  })
  const mailbox = createMailbox({ maxMails: config.MAX_MAILS, maxChars: maxMailChars })
  const deps = {
    ...{ books, faults, webhooks, mailbox, log, metrics, now },
    signIns: createSignIns(now),
    idTokens: createIdTokens(now),
    usedTokens: createUsedTokens(maxUsedTokens),
    apiSecret: config.PORTONE_API_SECRET,
    storeId: config.PORTONE_STORE_ID,
    channelKey: config.PORTONE_CHANNEL_KEY,
    confirmMode: config.CONFIRM_MODE,
    confirmWindowSeconds: config.CONFIRM_WINDOW_SECONDS,
    recaptchaSecret: config.RECAPTCHA_SECRET,
    recaptchaHostname: config.RECAPTCHA_HOSTNAME,
    clients: {
      kakao: { id: config.KAKAO_CLIENT_ID, secret: config.KAKAO_CLIENT_SECRET },
      naver: { id: config.NAVER_CLIENT_ID, secret: config.NAVER_CLIENT_SECRET },
      google: { id: config.GOOGLE_CLIENT_ID, secret: config.GOOGLE_CLIENT_SECRET },
    },
    redirectUris: config.OAUTH_REDIRECT_URIS,
  }
  addFirstUsers(deps)
  webhooks.resume()
  return {
    app: buildApp(deps),
    mailbox,
    close: async () => {
      await webhooks.close()
      await books.close()
    },
  }
}

function webhookSettings(config: Config) {
  return {
    url: config.WEBHOOK_URL ?? null,
    secret: config.PORTONE_WEBHOOK_SECRET,
    retryFactor: config.WEBHOOK_RETRY_FACTOR,
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
    sendsAtOnce: config.WEBHOOK_SENDS_AT_ONCE,
  }
}
