import { z } from 'zod'
import { attemptSchema, cancellationSchema, registrationSchema } from './payment.ts'

/** One sending of a webhook: when, why, and what the receiver said. `status` is absent when nothing was answered. */
export const webhookSendSchema = z.object({
  at: z.string(),
  trigger: z.enum(['AUTO', 'DUPLICATE', 'MANUAL']),
  durationMs: z.int(),
  status: z.int().optional(),
  error: z.string().optional(),
  response: z.string().optional(),
})

/** A webhook as it was made; its body is the exact text that is signed and sent each time. */
export const webhookSchema = z.object({
  id: z.string(),
  type: z.string(),
  paymentId: z.string(),
  transactionId: z.string(),
  cancellationId: z.string().optional(),
  paymentStatus: z.string(),
  url: z.string(),
  body: z.string(),
  createdAt: z.string(),
})

export const verificationSchema = z.object({
  id: z.string(),
  status: z.enum(['VERIFIED', 'READY', 'FAILED']),
  name: z.string(),
  phoneNumber: z.string(),
  birthDate: z.string(),
  gender: z.enum(['MALE', 'FEMALE', 'OTHER']),
  operator: z.enum(['SKT', 'KT', 'LGU', 'SKT_MVNO', 'KT_MVNO', 'LGU_MVNO']),
  isForeigner: z.boolean(),
  ci: z.string().optional(),
  di: z.string().optional(),
  pgTxId: z.string(),
  at: z.string(),
})

/** A person as one provider knows it. */
export const oauthUserSchema = z.object({
  provider: z.enum(['kakao', 'naver', 'google']),
  id: z.string(),
  email: z.string().optional(),
  emailVerified: z.boolean(),
  name: z.string(),
  nickname: z.string(),
  phone: z.string().optional(),
  birthyear: z.string().optional(),
  birthday: z.string().optional(),
  gender: z.enum(['F', 'M', 'U']),
  connectedAt: z.string(),
})

/** A stored answer of the idempotency layer: what is replayed, and for which request. */
export const answerSchema = z.object({ fingerprint: z.string(), status: z.int(), body: z.string(), atMs: z.number() })

/** Everything the books remember, one line of the ledger file each. */
export const bookEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('registered'),
    paymentId: z.string(),
    storeId: z.string(),
    registration: registrationSchema,
    at: z.string(),
  }),
  z.object({
    kind: z.literal('attempted'),
    paymentId: z.string(),
    storeId: z.string(),
    attempt: attemptSchema,
    noticeUrls: z.array(z.string()),
    at: z.string(),
  }),
  z.object({ kind: z.literal('settled'), paymentId: z.string(), attempt: attemptSchema }),
  z.object({ kind: z.literal('cancelled'), paymentId: z.string(), cancellation: cancellationSchema }),
  z.object({ kind: z.literal('cancellation-ended'), paymentId: z.string(), cancellation: cancellationSchema }),
  z.object({ kind: z.literal('webhook-made'), webhook: webhookSchema }),
  z.object({ kind: z.literal('webhook-sent'), webhookId: z.string(), send: webhookSendSchema }),
  z.object({ kind: z.literal('webhook-ended'), webhookId: z.string(), state: z.enum(['SUCCEEDED', 'FAILED', 'LOST']) }),
  z.object({ kind: z.literal('verified'), verification: verificationSchema }),
  z.object({ kind: z.literal('user-added'), user: oauthUserSchema }),
  z.object({ kind: z.literal('answered'), key: z.string(), answer: answerSchema }),
])

export type BookEvent = z.infer<typeof bookEventSchema>
export type WebhookSend = z.infer<typeof webhookSendSchema>
export type Webhook = z.infer<typeof webhookSchema>
export type Verification = z.infer<typeof verificationSchema>
export type OauthUser = z.infer<typeof oauthUserSchema>
export type Answer = z.infer<typeof answerSchema>

/** A webhook with its history. */
export interface WebhookRecord extends Webhook {
  readonly state: 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'LOST'
  readonly sends: readonly WebhookSend[]
}
