import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startSandbox } from '../test-sandbox.ts'

/** Speaks SMTP over a bare socket and gives the reply to each line. */
async function speakSmtp(port: number, lines: readonly string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1')
  const replies: string[] = []
  const waiting = [...lines]
  for await (const chunk of socket.setEncoding('utf8')) {
    for (const reply of String(chunk).split('\r\n')) {
      if (!/^\d{3} /.test(reply)) continue
      replies.push(reply)
      const next = waiting.shift()
      if (next === undefined) socket.end()
      else socket.write(`${next}\r\n`)
    }
  }
  return replies
}

const envelope = (to: string, data: readonly string[]) => [
  'EHLO client.test',
  'MAIL FROM:<no-reply@ticketing.test>',
  `RCPT TO:<${to}>`,
  'DATA',
  [...data, '.'].join('\r\n'),
  'QUIT',
]

test('a mail sent over SMTP is found by its recipient, decoded', async () => {
  const sandbox = await startSandbox()
  const subject = `=?UTF-8?B?${Buffer.from('인증 코드').toString('base64')}?=`
  const body = Buffer.from('코드는 123456 입니다.\n').toString('base64')
  const head = ['From: no-reply@ticketing.test', 'To: Fan@Example.test', `Subject: ${subject}`]
  const mime = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', body]
  const replies = await speakSmtp(sandbox.smtpPort, envelope('Fan@Example.test', [...head, ...mime]))
  expect(replies.map((reply) => reply.slice(0, 3))).toEqual(['220', '250', '250', '250', '354', '250', '221'])
  const found = (await sandbox.call('GET', '/sandbox/mails?to=fan@example.test')).body
  expect(found).toMatchObject({
    list: [{ from: 'no-reply@ticketing.test', to: ['Fan@Example.test'], subject: '인증 코드' }],
    totalElements: 1,
  })
  expect((found['list'] as { text: string }[])[0]?.text).toContain('코드는 123456 입니다.')
  expect((await sandbox.call('GET', '/sandbox/mails?to=other@example.test')).body).toMatchObject({ totalElements: 0 })
})

test('mails come newest first, and both bodies of a multipart mail are read', async () => {
  const sandbox = await startSandbox()
  await speakSmtp(sandbox.smtpPort, envelope('a@b.test', ['Subject: first', '', 'plain words']))
  const parts = [
    ...['Subject: second', 'Content-Type: multipart/alternative; boundary="b1"', '', '--b1'],
    ...['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', ''],
    ...['=EC=BD=94=EB=93=9C=3A 42=', '7', '--b1', 'Content-Type: text/html', '', '<b>427</b>', '--b1--'],
  ]
  await speakSmtp(sandbox.smtpPort, envelope('a@b.test', parts))
  const { list } = (await sandbox.call('GET', '/sandbox/mails?to=a@b.test')).body
  expect(list).toMatchObject([
    { subject: 'second', text: '코드: 427', html: '<b>427</b>' },
    { subject: 'first', text: expect.stringContaining('plain words'), html: '' },
  ])
})

test('a full mailbox refuses with 452 and a mail that is too large with 552', async () => {
  const sandbox = await startSandbox({ MAX_MAILS: '1' })
  await speakSmtp(sandbox.smtpPort, envelope('a@b.test', ['Subject: 1', '', 'x']))
  const full = await speakSmtp(sandbox.smtpPort, envelope('a@b.test', ['Subject: 2', '', 'x']))
  expect(full.find((reply) => reply.startsWith('452'))).toContain('full')
  const large = Array(20_000).fill('x'.repeat(70))
  const refused = await speakSmtp(sandbox.smtpPort, envelope('c@d.test', ['Subject: 3', '', ...large]))
  expect(refused.find((reply) => reply.startsWith('552'))).toBeDefined()
  expect((await sandbox.call('GET', '/sandbox/mails')).body).toMatchObject({ totalElements: 1 })
})
