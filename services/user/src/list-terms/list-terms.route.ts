import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type ListTermsDeps, listTerms } from './list-terms.ts'

const termsSchema = z.object({
  termsId: z.string(),
  version: z.int(),
  title: z.string(),
  required: z.boolean(),
  body: z.string(),
})

/** `GET /auth/terms` */
export const listTermsRoute = (app: App, deps: ListTermsDeps): void => {
  app.get(
    '/auth/terms',
    { schema: { tags: ['auth'], security: [], response: { ...commonResponses, 200: z.array(termsSchema) } } },
    async (request, reply) => {
      const { language, terms } = await listTerms(deps, request.headers['accept-language'])
      reply.header('content-language', language).header('vary', 'accept-language')
      return terms.map(({ id, ...rest }) => ({ termsId: id, ...rest }))
    },
  )
}
