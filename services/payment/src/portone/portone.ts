import { z } from 'zod'
import { type PortonePayment, portonePaymentSchema } from '../domain/portone-payment.ts'
import type { PortoneAnswer, PortoneTransport } from './call-portone.ts'

const refusalSchema = z.looseObject({ type: z.string(), message: z.string().optional() })

/** No usable answer came: it may or may not have been done. */
export interface Unknown {
  readonly outcome: 'unknown'
  readonly why: string
  readonly breakerOpen: boolean
}

export interface Portone {
  preRegister(
    paymentId: string,
    totalAmount: number,
  ): Promise<{ outcome: 'done' } | { outcome: 'refused'; type: string } | Unknown>
  read(paymentId: string): Promise<{ outcome: 'found'; payment: PortonePayment } | { outcome: 'absent' } | Unknown>
  confirm(
    paymentId: string,
    input: { paymentToken: string; totalAmount: number },
  ): Promise<{ outcome: 'done' } | { outcome: 'refused'; type: string } | Unknown>
  /** `cancellableAmount` is what we believe can still be given back: PortOne refuses if it is not so, which stops a second refund. */
  cancel(
    paymentId: string,
    input: { amount: number; cancellableAmount: number; reason: string; idempotencyKey: string },
  ): Promise<{ outcome: 'done' } | { outcome: 'refused'; type: string } | Unknown>
  close(): Promise<void>
}

const currency = 'KRW'

/** PortOne V2 as this service uses it (integrations: pre-register, read, confirm, cancel). Never throws for what PortOne does. */
export function createPortone(transport: PortoneTransport, store: { storeId: string }): Portone {
  const path = (paymentId: string, verb = '') => `/payments/${encodeURIComponent(paymentId)}${verb}`
  const { storeId } = store
  return {
    async preRegister(paymentId, totalAmount) {
      const body = { storeId, totalAmount, currency }
      return doneOrRefused(await transport.call({ method: 'POST', path: path(paymentId, '/pre-register'), body }))
    },
    async read(paymentId) {
      const answer = await transport.call({
        method: 'GET',
        path: `${path(paymentId)}?storeId=${encodeURIComponent(storeId)}`,
      })
      if (answer.outcome === 'unknown') return answer
      if (answer.status === 404) return { outcome: 'absent' }
      const parsed = portonePaymentSchema.safeParse(answer.body)
      if (answer.status === 200 && parsed.success) return { outcome: 'found', payment: parsed.data }
      return { outcome: 'unknown', why: `PortOne answered ${answer.status} to a read`, breakerOpen: false }
    },
    async confirm(paymentId, { paymentToken, totalAmount }) {
      const body = { paymentToken, storeId, currency, totalAmount }
      const idempotencyKey = `confirm-${paymentId}`
      return doneOrRefused(
        await transport.call({ method: 'POST', path: path(paymentId, '/confirm'), body, idempotencyKey }),
      )
    },
    async cancel(paymentId, { amount, cancellableAmount, reason, idempotencyKey }) {
      const body = { storeId, amount, reason, currentCancellableAmount: cancellableAmount, requester: 'ADMIN' }
      return doneOrRefused(
        await transport.call({ method: 'POST', path: path(paymentId, '/cancel'), body, idempotencyKey }),
      )
    },
    close: () => transport.close(),
  }
}

function doneOrRefused(answer: PortoneAnswer): { outcome: 'done' } | { outcome: 'refused'; type: string } | Unknown {
  if (answer.outcome === 'unknown') return answer
  if (answer.status >= 200 && answer.status < 300) return { outcome: 'done' }
  const refusal = refusalSchema.safeParse(answer.body)
  const type = refusal.success ? refusal.data.type : `HTTP_${answer.status}`
  // The first call with this key is still running there: its result is not known yet.
  if (type === 'IDEMPOTENCY_OUTSTANDING_REQUEST') return { outcome: 'unknown', why: type, breakerOpen: false }
  return { outcome: 'refused', type }
}
