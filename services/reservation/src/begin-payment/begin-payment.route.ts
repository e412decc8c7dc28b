import {
  beganPaymentSchema,
  beganPaymentsSchema,
  beginPaymentSchema,
  beginPaymentsSchema,
  internalReservationSchema,
  internalReservationsSchema,
  readReservationsSchema,
} from '@ticket-queue/contracts/http/reservation'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type BeginPaymentDeps, beginPayment, readInternalReservation } from './begin-payment.ts'

const params = z.object({ reservationId: idSchema })

/** The two calls of the payment service: look, and pin (PAY-005); each for one reservation, or for several at once. */
export function beginPaymentRoutes(app: App, deps: BeginPaymentDeps): void {
  app.get(
    '/internal/reservations/:reservationId',
    { schema: { params, response: { 200: internalReservationSchema, ...commonResponses } } },
    async (request) => {
      const found = await readInternalReservation(deps, request.params.reservationId)
      if (!found) throw problem(errors, 'RESERVATION_NOT_FOUND')
      return found
    },
  )
  app.post(
    '/internal/reservations/:reservationId/begin-payment',
    { schema: { params, body: beginPaymentSchema, response: { 200: beganPaymentSchema, ...commonResponses } } },
    async (request) => beginPayment(deps, { reservationId: request.params.reservationId, ...request.body }),
  )
  app.post(
    '/internal/reservations/read',
    { schema: { body: readReservationsSchema, response: { 200: internalReservationsSchema, ...commonResponses } } },
    async ({ body }) => ({
      reservations: await Promise.all(body.reservationIds.map((id) => readInternalReservation(deps, id))),
    }),
  )
  app.post(
    '/internal/reservations/begin-payments',
    { schema: { body: beginPaymentsSchema, response: { 200: beganPaymentsSchema, ...commonResponses } } },
    async ({ body }) => ({ began: await Promise.all(body.payments.map((payment) => beginPayment(deps, payment))) }),
  )
}
