import { listen, runService } from '@ticket-queue/service-kit'
import { readConfig } from './config.ts'
import { openSandbox } from './open-sandbox.ts'
import { receiveMail } from './receive-mail/receive-mail.ts'

await runService('sandbox', readConfig, async ({ config, log, metrics, own }) => {
  const now = () => Date.now()
  const sandbox = own(await openSandbox(config, { log, metrics, now }))
  const { mailbox } = sandbox
  own(await receiveMail({ mailbox, log, now }, { host: config.HOST, port: config.SMTP_PORT }))
  own(await listen(sandbox.app, { host: config.HOST, port: config.PORT }))
})
