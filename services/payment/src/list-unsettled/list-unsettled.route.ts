import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { differences } from '../domain/compare-payment.ts'
import { unsettledKinds } from '../domain/unsettled-kinds.ts'
import { type ListUnsettledDeps, listUnsettled } from './list-unsettled.ts'

const time = z.iso.datetime({ offset: true })

const itemSchema = z.object({
  kind: z.enum(unsettledKinds),
  paymentId: idSchema.nullable().describe('null: PortOne has money of a payment we do not know'),
  portonePaymentId: z.string(),
  reservationId: idSchema.nullable(),
  userId: idSchema.nullable(),
  status: z.enum(['PENDING', 'SUCCESS', 'FAILED', 'REFUNDED']).nullable(),
  amount: z.int().nullable(),
  since: time.describe('Since when it should have been over'),
  ageSeconds: z.int(),
  lastStep: z.object({ step: z.string(), state: z.string(), attempt: z.int(), at: time }).nullable(),
  lastOutcome: z.string().nullable().describe('Why the last look did not settle it'),
  looks: z.int(),
  nextCheckAt: time.nullable(),
  finding: z.object({ difference: z.enum(differences), day: z.iso.date(), detail: z.unknown() }).nullable(),
})

/** `GET /payments/admin/unsettled` */
export function listUnsettledRoute(app: App, deps: ListUnsettledDeps): void {
  const schema = {
    summary: 'Payments, refunds and differences that are not settled though their time has come, oldest first',
    querystring: z.object({
      page: z.coerce.number().int().min(0).max(10_000).default(0),
      size: z.coerce.number().int().min(1).max(100).default(20),
    }),
    response: {
      200: z.object({ list: z.array(itemSchema), page: z.int(), size: z.int(), totalElements: z.int(), asOf: time }),
      ...commonResponses,
    },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.get('/payments/admin/unsettled', { schema, onRequest }, async (request, reply) =>
    reply.header('cache-control', 'private, no-store').send(await listUnsettled(deps, request.query)),
  )
}
