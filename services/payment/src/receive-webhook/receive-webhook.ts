import { Webhook } from '@portone/server-sdk'
import { type Kysely, type RawBuilder, sql } from 'kysely'
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
  const { rows } = await sql`
    WITH stored AS (
      INSERT INTO webhook_deliveries (webhook_id, type, portone_payment_id, body, processed_at)
      VALUES (${webhookId}, ${body.type}, ${portonePaymentId}, ${input.rawBody}, now())
      ON CONFLICT (webhook_id) DO NOTHING
      RETURNING id
    ), looked_at AS (${planLook(body.type, portonePaymentId)})
    SELECT FROM stored`.execute(deps.db)
  return rows.length > 0 ? 'stored' : 'repeated'
}

/** A buyer who has paid says so within this time, and his confirmation takes the look with it. */
const buyerSeconds = 2

/**
 * A failed or merely begun attempt is no reason to look: the buyer may try again until the hold ends. News of money gets
 * the payment a new version, which makes every decision lose that was taken before. Money that has gone back without our doing
 * ends a ticket, so that a payment that has ended well is looked at, too. What we give back ourselves brings no second look, and
 * no new version: it would undo the decision that gave it back.
 */
function planLook(type: string, portonePaymentId: string | null): RawBuilder<unknown> {
  const named = sql`portone_payment_id = ${portonePaymentId}::text AND EXISTS (SELECT FROM stored)`
  if (type === 'Transaction.Paid') {
    return sql`
      UPDATE payments SET version = version + 1, next_check_at = least(
        next_check_at,
        CASE WHEN status = 'PENDING' THEN now() + make_interval(secs => ${buyerSeconds}) ELSE now() END
      )
      WHERE ${named} AND status IN ('PENDING', 'FAILED')`
  }
  if (type !== 'Transaction.Cancelled' && type !== 'Transaction.PartialCancelled') return sql`SELECT`
  const weGiveBack = sql`status <> 'SUCCESS'
    AND EXISTS (SELECT FROM saga_steps s WHERE s.payment_id = payments.id AND s.step = 'CANCEL')`
  const raised = (column: string) => sql`CASE WHEN ${weGiveBack} THEN ${sql.ref(column)} ELSE version + 1 END`
  return sql`
    UPDATE payments SET next_check_at = now(), version = ${raised('version')}, news_version = ${raised('news_version')}
    WHERE ${named} AND (status IN ('PENDING', 'FAILED') OR (status = 'SUCCESS' AND refund_due_amount IS NULL))`
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
