import { randomUUID } from 'node:crypto'
import { revokeTokensSchema } from '@ticket-queue/contracts/http/queue'
import {
  type BeganPayment,
  beganPaymentSchema,
  beganPaymentsSchema,
  beginPaymentSchema,
  beginPaymentsSchema,
  type InternalReservation,
  internalReservationSchema,
  internalReservationsSchema,
  readReservationsSchema,
} from '@ticket-queue/contracts/http/reservation'
import { revokeTokens } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import {
  type App,
  buildHttp,
  createLog,
  createMetrics,
  defineErrors,
  listen,
  ProblemError,
  problem,
  requireServiceKey,
} from '@ticket-queue/service-kit'
import { z } from 'zod'

const errors = defineErrors({
  RESERVATION_NOT_FOUND: { status: 404, title: 'There is no such reservation' },
  BROKEN: { status: 500, title: 'Broken' },
})

/** `away`: the connection breaks; `broken`: 500; `slow`: no answer until it behaves otherwise. */
export type Behaviour = 'good' | 'away' | 'broken' | 'slow'

interface Held {
  reservation: InternalReservation
  begunBy: string | null
  /** Its hold is over and swept: whether its seats are free or somebody else's. */
  lapsed: 'free' | 'taken' | null
  /** Payments whose late money was refused. */
  readonly refused: Set<string>
  behaviour: Behaviour
  /** Resolves when it is no longer slow. */
  letGo: PromiseWithResolvers<void>
  /** How many calls have come in. */
  calls: number
  begins: number
}

/**
 * The internal APIs of the reservation and the queue service as payment sees them, on one port: the same contracts and
 * the same rules for pinning a reservation, with a behaviour per reservation.
 */
export const startOtherServices = async (redis: RedisClient, paymentKey: string) => {
  const held = new Map<string, Held>()
  const app = buildHttp({ service: 'others', log: createLog('others', 'silent'), metrics: createMetrics('others') })
  requireServiceKey(app, { payment: [paymentKey] })
  const find = async (reservationId: string, socket: { destroy(): unknown }): Promise<Held> => {
    const found = held.get(reservationId)
    if (!found) throw problem(errors, 'RESERVATION_NOT_FOUND')
    found.calls += 1
    if (found.behaviour === 'slow') await found.letGo.promise
    if (found.behaviour === 'broken') throw problem(errors, 'BROKEN')
    if (found.behaviour === 'away') socket.destroy()
    return found
  }
  const together: (readonly string[])[] = []
  reservationRoutes(app, find, together)
  app.delete('/internal/tokens', { schema: { body: revokeTokensSchema } }, async (request, reply) => {
    const { body } = request
    for (const one of 'people' in body ? body.people : [body]) await revokeTokens(redis, one)
    return reply.code(204).send()
  })
  const listening = await listen(app, { host: '127.0.0.1', port: 0 })
  const of = (reservationId: string): Held => {
    const found = held.get(reservationId)
    if (!found) throw new Error(`no reservation ${reservationId}`)
    return found
  }
  return {
    address: listening.address,
    /** A reservation whose seats are held, for one buyer. */
    hold: (fields: Partial<InternalReservation> = {}): InternalReservation => {
      const reservation = { ...someReservation(), ...fields }
      const letGo = Promise.withResolvers<void>()
      const blank = { begunBy: null, lapsed: null, behaviour: 'good', letGo, calls: 0, begins: 0 } as const
      held.set(reservation.reservationId, { reservation, refused: new Set(), ...blank })
      return reservation
    },
    forget: (reservationId: string) => held.delete(reservationId),
    /** The hold is over; `CANCELLED` once the reservation service has noticed. */
    endHold: (reservationId: string, status: 'PENDING' | 'CANCELLED' = 'CANCELLED') => {
      const one = of(reservationId)
      one.reservation = { ...one.reservation, status, payable: false }
    },
    /** The reservation service has made it the buyer's for good, by the payment that pinned it or by another one. */
    confirm: (reservationId: string, paymentId = of(reservationId).begunBy) => {
      const one = of(reservationId)
      one.reservation = { ...one.reservation, status: 'CONFIRMED', payable: false, paymentId }
    },
    /** The hold was over before it was paid, and its seats went to everybody; `taken`: somebody else has them. */
    lapse: (reservationId: string, lapsed: 'free' | 'taken') => {
      const one = of(reservationId)
      one.reservation = { ...one.reservation, status: 'CANCELLED', payable: false }
      one.lapsed = lapsed
    },
    /** The payment of what a waiting list has offered has failed: the seats stay the buyer's, to be paid anew. */
    unpin: (reservationId: string) => {
      of(reservationId).begunBy = null
    },
    /** The buyer has exchanged seats. */
    change: (reservationId: string, fields: Pick<InternalReservation, 'seatIds' | 'totalAmount'>) => {
      const one = of(reservationId)
      one.reservation = { ...one.reservation, ...fields }
    },
    behave: (reservationId: string, behaviour: Behaviour) => {
      const one = of(reservationId)
      one.behaviour = behaviour
      one.letGo.resolve()
      one.letGo = Promise.withResolvers()
    },
    calls: (reservationId: string): number => of(reservationId).calls,
    /** How often a payment has asked to begin. */
    begins: (reservationId: string): number => of(reservationId).begins,
    /** The reservations of each call for several. */
    together,
    begunBy: (reservationId: string): string | null => of(reservationId).begunBy,
    close: async () => {
      for (const one of held.values()) one.letGo.resolve()
      await listening.close()
    },
  }
}

export type OtherServices = Awaited<ReturnType<typeof startOtherServices>>

type Find = (id: string, socket: { destroy(): unknown }) => Promise<Held>

function reservationRoutes(app: App, find: Find, together: (readonly string[])[]): void {
  const findOrNull = (...asked: Parameters<Find>) =>
    find(...asked).catch((error: unknown) => {
      if (error instanceof ProblemError && error.code === 'RESERVATION_NOT_FOUND') return null
      throw error
    })
  const params = z.object({ reservationId: z.uuid() })
  app.get(
    '/internal/reservations/:reservationId',
    { schema: { params, response: { 200: internalReservationSchema } } },
    async (request) => (await find(request.params.reservationId, request.raw.socket)).reservation,
  )
  app.post(
    '/internal/reservations/:reservationId/begin-payment',
    { schema: { params, body: beginPaymentSchema, response: { 200: beganPaymentSchema } } },
    async (request): Promise<BeganPayment> =>
      beginOne(await find(request.params.reservationId, request.raw.socket), request.body),
  )
  app.post(
    '/internal/reservations/read',
    { schema: { body: readReservationsSchema, response: { 200: internalReservationsSchema } } },
    async ({ body, raw }) => {
      together.push(body.reservationIds)
      const found = body.reservationIds.map(async (id) => (await findOrNull(id, raw.socket))?.reservation ?? null)
      return { reservations: await Promise.all(found) }
    },
  )
  app.post(
    '/internal/reservations/begin-payments',
    { schema: { body: beginPaymentsSchema, response: { 200: beganPaymentsSchema } } },
    async ({ body, raw }) => {
      together.push(body.payments.map(({ reservationId }) => reservationId))
      const began = body.payments.map(async (asked): Promise<BeganPayment> => {
        const one = await findOrNull(asked.reservationId, raw.socket)
        return one ? beginOne(one, asked) : { granted: false, reason: 'NOT_FOUND' }
      })
      return { began: await Promise.all(began) }
    },
  )
}

function beginOne(one: Held, asked: z.output<typeof beginPaymentSchema>): BeganPayment {
  one.begins += 1
  return begin(one, asked)
}

function begin(one: Held, asked: z.output<typeof beginPaymentSchema>): BeganPayment {
  if (one.reservation.userId !== asked.userId) return { granted: false, reason: 'NOT_OWNER' }
  if (asked.captured && isLapsed(one)) takeBack(one, asked.paymentId)
  const { reservation } = one
  if (reservation.status === 'CANCELLED') return { granted: false, reason: one.lapsed ? 'HOLD_EXPIRED' : 'CANCELLED' }
  if (one.begunBy !== null && one.begunBy !== asked.paymentId) return { granted: false, reason: 'OTHER_PAYMENT' }
  if (reservation.totalAmount !== asked.amount) return { granted: false, reason: 'AMOUNT_MISMATCH' }
  if (one.begunBy === null && !reservation.payable) return { granted: false, reason: 'HOLD_EXPIRED' }
  one.begunBy = asked.paymentId
  return { granted: true, reservation }
}

const isLapsed = ({ lapsed, begunBy, reservation }: Held) =>
  lapsed !== null || (begunBy === null && reservation.status === 'PENDING' && !reservation.payable)

/** Money that comes late has the seats if they are free; a refusal is for good (decision 0023). */
function takeBack(one: Held, paymentId: string): void {
  if (one.lapsed === 'taken' || one.refused.has(paymentId)) {
    one.refused.add(paymentId)
    return
  }
  one.reservation = { ...one.reservation, status: 'PENDING', payable: true }
  one.begunBy = paymentId
  one.lapsed = null
}

const someReservation = (): InternalReservation => ({
  reservationId: randomUUID(),
  userId: randomUUID(),
  eventId: randomUUID(),
  scheduleId: randomUUID(),
  seatIds: [randomUUID(), randomUUID()],
  status: 'PENDING',
  totalAmount: 198_000,
  holdExpiresAt: new Date(Date.now() + 300_000).toISOString(),
  payable: true,
})
