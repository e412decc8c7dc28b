import { Webhook } from '@portone/server-sdk'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../store/database.ts'

export interface ReceiveWebhookDeps {
  readonly db: Kysely<Database>
  /** Both are tried: one may be about to replace the other. */
  readonly webhookSecrets: readonly string[]
}

export interface WebhookHeaders {
  readonly 'webhook-id'?: string | undefined
  readonly 'webhook-timestamp'?: string | undefined
  readonly 'webhook-signature'?: string | undefined
}

const bodySchema = z.looseObject({
  type: z.string().max(100),
  data: z.looseObject({ paymentId: z.string().max(200).optional() }).optional(),
})

/**
 * Takes a webhook of PortOne: the signature over the raw bytes and its time are checked (Standard Webhooks), it is stored
 * by its ID, and the payment it names is due for a look now. It is a hint only: what PortOne answers to the look decides.
 */
export async function receiveWebhook(
  deps: ReceiveWebhookDeps,
  input: { rawBody: string; headers: WebhookHeaders },
): Promise<'stored' | 'repeated' | 'SIGNATURE_INVALID'> {
  if (!(await isSigned(deps.webhookSecrets, input))) return 'SIGNATURE_INVALID'
  const body = bodySchema.parse(JSON.parse(input.rawBody))
  const portonePaymentId = body.data?.paymentId ?? null
  const stored = await deps.db
    .insertInto('webhook_deliveries')
    .values({
      webhook_id: input.headers['webhook-id'] as string,
      type: body.type,
      portone_payment_id: portonePaymentId,
      body: input.rawBody,
      processed_at: sql<Date>`now()`,
    })
    .onConflict((conflict) => conflict.column('webhook_id').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!stored) return 'repeated'
  if (portonePaymentId && meansMoney(body.type)) await lookNow(deps.db, portonePaymentId)
  return 'stored'
}

/** A failed or merely begun attempt is no reason to look: the buyer may try again until the hold ends. */
const meansMoney = (type: string) =>
  ['Transaction.Paid', 'Transaction.Cancelled', 'Transaction.PartialCancelled'].includes(type)

async function lookNow(db: Kysely<Database>, portonePaymentId: string): Promise<void> {
  await db
    .updateTable('payments')
    .set({ next_check_at: sql<Date>`now()` })
    .where('portone_payment_id', '=', portonePaymentId)
    .where('status', 'in', ['PENDING', 'FAILED'])
    .execute()
}

async function isSigned(
  secrets: readonly string[],
  { rawBody, headers }: { rawBody: string; headers: WebhookHeaders },
): Promise<boolean> {
  for (const secret of secrets) {
    try {
      await Webhook.verify(secret, rawBody, { ...headers })
      return true
    } catch (error) {
      if (!(error instanceof Webhook.WebhookVerificationError)) throw error
    }
  }
  return false
}
