import { Webhook } from '@portone/server-sdk'
import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import type { Database } from '../store/database.ts'

export interface ReceiveWebhookDeps {
  readonly db: Kysely<Database>
  readonly storeId: string
  /** Each is tried: one may be about to replace the other. */
  readonly webhookSecrets: readonly string[]
}

export interface WebhookHeaders {
  readonly 'webhook-id'?: string | undefined
  readonly 'webhook-timestamp'?: string | undefined
  readonly 'webhook-signature'?: string | undefined
}

const bodySchema = z.looseObject({
  type: z.string().min(1).max(100),
  data: z
    .looseObject({ paymentId: z.string().max(200).optional(), storeId: z.string().max(200).optional() })
    .optional(),
})

/**
 * Takes a webhook of PortOne: the signature over the raw bytes and its time are checked (Standard Webhooks), it is stored
 * by its ID, and the payment it names is due for a look now. It is a hint only: what PortOne answers to the look decides.
 * What is signed but not for us, or not to be read, is `ignored`: sending it again would change nothing.
 */
export async function receiveWebhook(
  deps: ReceiveWebhookDeps,
  input: { rawBody: string; headers: WebhookHeaders },
): Promise<'stored' | 'repeated' | 'ignored' | 'SIGNATURE_INVALID'> {
  const webhookId = input.headers['webhook-id']
  if (!webhookId || !(await isSigned(deps.webhookSecrets, input))) return 'SIGNATURE_INVALID'
  const body = readBody(input.rawBody)
  if (!body || (body.data?.storeId ?? deps.storeId) !== deps.storeId) return 'ignored'
  const portonePaymentId = body.data?.paymentId ?? null
  return inTransaction(deps.db, async (trx) => {
    const stored = await trx
      .insertInto('webhook_deliveries')
      .values({
        webhook_id: webhookId,
        type: body.type,
        portone_payment_id: portonePaymentId,
        body: input.rawBody,
        processed_at: sql<Date>`now()`,
      })
      .onConflict((conflict) => conflict.column('webhook_id').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!stored) return 'repeated'
    if (portonePaymentId) await planLook(trx, portonePaymentId, body.type)
    return 'stored'
  })
}

/** A buyer who has paid says so within this time, and his confirmation takes the look with it. */
const buyerSeconds = 2

/**
 * A failed or merely begun attempt is no reason to look: the buyer may try again until the hold ends. News of money gets
 * the payment a new version, which makes every decision lose that was taken before. Money that has gone back without our doing
 * ends a ticket, so that a payment that has ended well is looked at, too. What we give back ourselves brings no second look, and
 * no new version: it would undo the decision that gave it back.
 */
async function planLook(trx: Transaction<Database>, portonePaymentId: string, type: string): Promise<void> {
  const named = trx.updateTable('payments').where('portone_payment_id', '=', portonePaymentId)
  if (type === 'Transaction.Paid') {
    const soon = sql<Date>`least(
      next_check_at,
      CASE WHEN status = 'PENDING' THEN now() + make_interval(secs => ${buyerSeconds}) ELSE now() END
    )`
    await named
      .set({ next_check_at: soon, version: sql<number>`version + 1` })
      .where('status', 'in', ['PENDING', 'FAILED'])
      .execute()
  }
  if (type !== 'Transaction.Cancelled' && type !== 'Transaction.PartialCancelled') return
  const weGiveBack = sql`status <> 'SUCCESS'
    AND EXISTS (SELECT FROM saga_steps s WHERE s.payment_id = payments.id AND s.step = 'CANCEL')`
  const raised = (column: 'version' | 'news_version') =>
    sql<number>`CASE WHEN ${weGiveBack} THEN ${sql.ref(column)} ELSE version + 1 END`
  await named
    .set({ next_check_at: sql<Date>`now()`, version: raised('version'), news_version: raised('news_version') })
    .where(sql<boolean>`(status IN ('PENDING', 'FAILED') OR (status = 'SUCCESS' AND refund_due_amount IS NULL))`)
    .execute()
}

/** Escapes that are JSON, but that no text column can hold: NUL, and halves of surrogate pairs. */
const unstorable = /\\u(?:0000|d[89a-f])/i

function readBody(rawBody: string): z.infer<typeof bodySchema> | null {
  try {
    const json: unknown = JSON.parse(rawBody)
    if (unstorable.test(JSON.stringify(json))) return null
    const parsed = bodySchema.safeParse(json)
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
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
      // The SDK parses the body once the signature has matched.
      if (error instanceof SyntaxError || error instanceof RangeError) return true
      if (!(error instanceof Webhook.WebhookVerificationError)) throw error
    }
  }
  return false
}
