import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { Log } from '@ticket-queue/service-kit'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { readMail } from '../domain/mime.ts'
import type { Mailbox } from '../store/mailbox.ts'

export interface ReceiveMailDeps {
  readonly mailbox: Mailbox
  readonly log: Log
  /** Unix ms. */
  readonly now: () => number
}

const maxMailBytes = 1_048_576
const maxClients = 200
const maxRecipients = 100

/** Listens for SMTP and keeps every mail. Takes any sender and any password; a full mailbox answers 452. */
export async function receiveMail(
  deps: ReceiveMailDeps,
  where: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    allowInsecureAuth: true,
    size: maxMailBytes,
    maxClients,
    banner: 'ticket-queue sandbox',
    closeTimeout: 1000,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
    onRcptTo: (_address, session, done) => {
      done(session.envelope.rcptTo.length >= maxRecipients ? smtpError(452, 'Too many recipients') : null)
    },
    onData: (stream, session, done) => {
      keepMail(deps, stream, session).then(
        (refusal) => done(refusal),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      )
    },
  })
  server.on('error', (error) => deps.log.debug({ err: error }, 'smtp connection broke'))
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(where.port, where.host, () => {
      server.server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function keepMail(
  deps: ReceiveMailDeps,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<Error | null> {
  const raw = await wholeMail(stream)
  if (raw === undefined) return smtpError(552, `A mail may have ${maxMailBytes} bytes`)
  const { mailFrom, rcptTo } = session.envelope
  const kept = deps.mailbox.add({
    id: randomUUID(),
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map((recipient) => recipient.address),
    ...readMail(raw),
    raw: raw.toString('utf8'),
    receivedAt: new Date(deps.now()).toISOString(),
  })
  return kept ? null : smtpError(452, 'The sandbox mailbox is full (MAX_MAILS): POST /sandbox/reset')
}

/** The mail's bytes, or undefined when there are too many; read to the end all the same, as SMTP asks. */
async function wholeMail(stream: SMTPServerDataStream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes <= maxMailBytes) chunks.push(chunk)
  }
  return stream.sizeExceeded || bytes > maxMailBytes ? undefined : Buffer.concat(chunks)
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
