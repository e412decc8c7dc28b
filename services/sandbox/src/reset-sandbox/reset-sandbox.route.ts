import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type ResetDeps, resetSandbox } from './reset-sandbox.ts'

/** POST /sandbox/reset. */
export function resetSandboxRoute(scope: App, deps: ResetDeps): void {
  scope.post(
    '/sandbox/reset',
    { schema: { response: { ...commonResponses, 204: z.null() } } },
    async (_request, reply) => {
      resetSandbox(deps)
      return reply.code(204).send(null)
    },
  )
}
