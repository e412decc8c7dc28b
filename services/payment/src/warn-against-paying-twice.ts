import type { App } from '@ticket-queue/service-kit'
import { doNotPayTwice } from './errors.ts'

/** Adds the warning to every 503 of `app`, whatever made it (GW-017): a buyer without an answer must not pay again. */
export function warnAgainstPayingTwice(app: Pick<App, 'addHook'>): void {
  app.addHook('preSerialization', async (_request, reply, payload) =>
    reply.statusCode === 503 && typeof payload === 'object' ? { ...payload, detail: doNotPayTwice } : payload,
  )
}
