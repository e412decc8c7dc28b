import type { App } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { paymentIdSchema, storeIdSchema } from '../domain/portone-input.ts'
import { refuse } from '../portone/answers.ts'
import { type FindDeps, findPayment, findTransactions, listPayments, listPaymentsByCursor } from './find-payments.ts'

const one = { params: z.object({ paymentId: paymentIdSchema }), querystring: z.object({ storeId: storeIdSchema }) }

const time = z.iso.datetime({ offset: true })
const pageSchema = z.object({
  page: z.object({ number: z.int().min(0).default(0), size: z.int().min(1).max(1000).default(10) }).prefault({}),
  filter: z
    .object({
      storeId: storeIdSchema,
      timestampType: z.enum(['CREATED_AT', 'STATUS_CHANGED_AT']).optional(),
      from: time.optional(),
      until: time.optional(),
      status: z
        .array(
          z.enum(['READY', 'PENDING', 'VIRTUAL_ACCOUNT_ISSUED', 'PAID', 'FAILED', 'PARTIAL_CANCELLED', 'CANCELLED']),
        )
        .optional(),
      isTest: z.boolean().optional(),
      sortBy: z.enum(['REQUESTED_AT', 'STATUS_CHANGED_AT']).optional(),
      sortOrder: z.enum(['ASC', 'DESC']).optional(),
    })
    .default({}),
})
const cursorSchema = z.object({
  storeId: storeIdSchema,
  from: time.optional(),
  until: time.optional(),
  cursor: z
    .string()
    .regex(/^[\w-]{1,20}$/)
    .optional(),
  size: z.int().min(1).max(1000).default(10),
})

/** PortOne takes the body of a GET as JSON text in the query `requestBody`. */
const inQuery = <T extends z.ZodType>(schema: T) =>
  z.object({
    requestBody: z
      .string()
      .default('{}')
      .transform((text, context) => {
        try {
          return JSON.parse(text) as unknown
        } catch {
          context.addIssue({ code: 'custom', message: 'must be JSON' })
          return z.NEVER
        }
      })
      .pipe(schema),
  })

const maxReach = 60_000

/** GET /payments/{paymentId} and its transactions, GET /payments, GET /payments-by-cursor. */
export function findPaymentsRoute(scope: App, deps: FindDeps): void {
  scope.get('/payments/:paymentId', { schema: one }, async (request, reply) => {
    if ((request.query.storeId ?? deps.storeId) !== deps.storeId) return refuse(reply, 'FORBIDDEN')
    const payment = findPayment(deps, request.params.paymentId)
    return payment ? reply.send(payment) : refuse(reply, 'PAYMENT_NOT_FOUND')
  })
  scope.get('/payments/:paymentId/transactions', { schema: one }, async (request, reply) => {
    if ((request.query.storeId ?? deps.storeId) !== deps.storeId) return refuse(reply, 'FORBIDDEN')
    const items = findTransactions(deps, request.params.paymentId)
    return items ? reply.send({ items }) : refuse(reply, 'PAYMENT_NOT_FOUND')
  })
  scope.get('/payments', { schema: { querystring: inQuery(pageSchema) } }, async (request, reply) => {
    const { page, filter } = request.query.requestBody
    if ((filter.storeId ?? deps.storeId) !== deps.storeId) return refuse(reply, 'FORBIDDEN')
    if ((page.number + 1) * page.size > maxReach) return refuse(reply, 'INVALID_REQUEST', 'page.number is too large')
    const { items, totalCount } = listPayments(deps, page, filter)
    return reply.send({ items, page: { ...page, totalCount } })
  })
  scope.get('/payments-by-cursor', { schema: { querystring: inQuery(cursorSchema) } }, async (request, reply) => {
    const { storeId = deps.storeId, ...query } = request.query.requestBody
    if (storeId !== deps.storeId) return refuse(reply, 'FORBIDDEN')
    return reply.send({ items: listPaymentsByCursor(deps, query) })
  })
}
