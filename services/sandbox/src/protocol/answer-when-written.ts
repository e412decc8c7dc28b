import type { App } from '@ticket-queue/service-kit'
import type { Books } from '../store/books.ts'

/** Answers on `scope` to anything but a GET leave only when what they speak of is in the ledger file. Register it last. */
export function answerWhenWritten(scope: App, books: Books): void {
  scope.addHook('onSend', async (request, _reply, payload) => {
    if (request.method !== 'GET') await books.settled()
    return payload
  })
}
