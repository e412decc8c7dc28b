import { type App, commonResponses, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { entryAnswerSchema } from '../domain/describe-entry.ts'
import { type ListWaitingEntriesDeps, listWaitingEntries } from './list-waiting-entries.ts'

/** `GET /reservations/waiting-list`. */
export function listWaitingEntriesRoute(app: App, deps: ListWaitingEntriesDeps): void {
  app.get(
    '/reservations/waiting-list',
    {
      schema: {
        summary: 'My places in waiting lists, newest first, with what has been offered to me',
        querystring: z.object({
          page: z.coerce.number().int().min(0).max(10_000).default(0),
          size: z.coerce.number().int().min(1).max(100).default(20),
        }),
        response: {
          200: z.object({
            list: z.array(entryAnswerSchema),
            page: z.int(),
            size: z.int(),
            totalElements: z.int(),
          }),
          ...commonResponses,
        },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      return listWaitingEntries(deps, { userId, ...request.query })
    },
  )
}
