import { ticketKeySetSchema } from '@ticket-queue/contracts/ticket'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import type { TicketKeys } from '../domain/ticket-keys.ts'

/**
 * `GET /reservations/tickets/keys`: what anybody may verify ticket codes with, and nothing one could sign with. Open to
 * all, so that a scanner needs no log-in to become ready.
 */
export function publishTicketKeysRoute(app: App, deps: { readonly ticketKeys: TicketKeys }): void {
  const keys = [...deps.ticketKeys.publicKeys]
  app.get(
    '/reservations/tickets/keys',
    { schema: { summary: 'Public keys of ticket codes', response: { 200: ticketKeySetSchema, ...commonResponses } } },
    async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return { keys }
    },
  )
}
