import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Mailbox } from '../store/mailbox.ts'

const querySchema = z.object({
  to: z.string().max(320).optional(),
  page: z.coerce.number().int().min(0).default(0),
  size: z.coerce.number().int().min(1).max(100).default(20),
})
const answerSchema = z.object({
  list: z.array(
    z.object({
      id: z.string(),
      from: z.string(),
      to: z.array(z.string()),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
      raw: z.string(),
      receivedAt: z.string(),
    }),
  ),
  page: z.int(),
  size: z.int(),
  totalElements: z.int(),
})

/** GET /sandbox/mails?to=: mails received over SMTP, newest first. */
export function listMailsRoute(scope: App, deps: { mailbox: Mailbox }): void {
  scope.get(
    '/sandbox/mails',
    { schema: { querystring: querySchema, response: { ...commonResponses, 200: answerSchema } } },
    async (request) => {
      const { to, page, size } = request.query
      const mails = deps.mailbox.list(to)
      const list = mails.slice(page * size, (page + 1) * size).map((mail) => ({ ...mail, to: [...mail.to] }))
      return { list, page, size, totalElements: mails.length }
    },
  )
}
