import { Readable } from 'node:stream'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { paymentIdSchema } from '../domain/portone-input.ts'
import type { Books } from '../store/books.ts'
import { ledgerText, readLedger } from './read-ledger.ts'

const querySchema = z.object({ paymentId: paymentIdSchema.optional() })

const answerSchema = z.unknown().meta({ description: 'totals, payments and webhooks, sent piece by piece' })

/** GET /sandbox/ledger: the third set of books. `?paymentId=` gives the part of one payment. */
export function readLedgerRoute(scope: App, deps: { books: Books }): void {
  scope.get(
    '/sandbox/ledger',
    { schema: { querystring: querySchema, response: { ...commonResponses, 200: answerSchema } } },
    async (request, reply) => {
      const ledger = readLedger(deps.books, request.query.paymentId)
      return reply.type('application/json; charset=utf-8').send(Readable.from(ledgerText(ledger)))
    },
  )
}
