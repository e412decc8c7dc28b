import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkUnsettled } from '../check-unsettled/check-unsettled.ts'
import { readConfig } from '../config.ts'
import { outcome, type Purchase, testPaymentService, testSettings } from '../test-payment-service.ts'
import { signedHeaders, storeId, webhookSecret } from '../test-sandbox.ts'

const nextSecret = `whsec_${Buffer.from('the secret that comes next').toString('base64')}`
const service = await testPaymentService({ PORTONE_WEBHOOK_SECRETS: `${webhookSecret},${nextSecret}` })
const { app, db, deps, row, events, paid } = service

/** A buyer who has not confirmed has had his time. */
const lookAtDue = service.lookTwoSecondsLater

const nowSeconds = () => Math.floor(Date.now() / 1000)

const send = (rawBody: string, headers: Record<string, string>, contentType = 'application/json') =>
  app.inject({
    method: 'POST',
    url: '/payments/webhook',
    headers: { 'content-type': contentType, ...headers },
    payload: rawBody,
  })
const bodyOf = ({ portonePaymentId }: Pick<Purchase, 'portonePaymentId'>, fields: object = {}) =>
  JSON.stringify({
    type: 'Transaction.Paid',
    timestamp: new Date().toISOString(),
    data: { storeId, paymentId: portonePaymentId, transactionId: 'any' },
    ...fields,
  })
const deliveries = (portonePaymentId: string) =>
  db.selectFrom('webhook_deliveries').selectAll().where('portone_payment_id', '=', portonePaymentId).execute()

test('a signed webhook is stored, answered 200, and the payment is looked at and settled without its buyer', async () => {
  const purchase = await paid()
  const body = bodyOf(purchase)
  const answer = await send(body, signedHeaders(body))
  expect([answer.statusCode, answer.json()]).toEqual([200, { received: true }])
  expect(await deliveries(purchase.portonePaymentId)).toMatchObject([
    { type: 'Transaction.Paid', body: JSON.parse(body) },
  ])
  expect((await row(purchase)).status).toBe('PENDING')
  expect(await lookAtDue()).toContain(purchase.paymentId)
  expect((await row(purchase)).status).toBe('SUCCESS')
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess'])
})

test('while the secret is being replaced both are good', async () => {
  const purchase = await paid()
  const body = bodyOf(purchase)
  for (const secret of [webhookSecret, nextSecret]) {
    expect((await send(body, signedHeaders(body, { secret }))).statusCode).toBe(200)
  }
})

test.each(['whsec_abcde', 'whsec_', 'a b', 'abc=def', '%%%%'])(
  'a second secret that is none (%j) is refused when the service starts, not with 500 at the first webhook',
  (secret) => {
    const settings = testSettings({
      databaseUrl: 'postgres://a',
      othersUrl: 'http://a',
      sandboxUrl: 'http://a',
    })
    const read = (secrets: string) => readConfig({ ...settings, PORTONE_WEBHOOK_SECRETS: secrets })
    expect(() => read(`${webhookSecret},${secret}`)).toThrow(/PORTONE_WEBHOOK_SECRETS/)
    expect(read(`${webhookSecret},${nextSecret}`).PORTONE_WEBHOOK_SECRETS).toHaveLength(2)
  },
)

test('one good signature among several is enough, and only version v1 counts', async () => {
  const body = bodyOf(await paid())
  const headers = signedHeaders(body)
  const good = headers['webhook-signature']
  const many = `v1a,${'A'.repeat(80)} v1,!!! v1, nonsense v2,abc ${Array(20)
    .fill(`v1,${'B'.repeat(43)}=`)
    .join(' ')} ${good}`
  expect((await send(body, { ...headers, 'webhook-signature': many })).statusCode).toBe(200)
  const other = { ...headers, 'webhook-signature': good.replace('v1,', 'v1a,') }
  expect(outcome(await send(body, other))).toBe('401 SIGNATURE_INVALID')
})

describe('what PortOne has not signed is refused and changes nothing', () => {
  const forged: [string, (body: string) => { headers: Record<string, string>; body?: string }][] = [
    ['no signature', () => ({ headers: {} })],
    ['no ID', (body) => ({ headers: { ...signedHeaders(body), 'webhook-id': '' } })],
    [
      'another secret',
      (body) => ({ headers: signedHeaders(body, { secret: `whsec_${Buffer.from('guess').toString('base64')}` }) }),
    ],
    ['an altered body', (body) => ({ headers: signedHeaders(body), body: body.replace('Paid', 'Cancelled') })],
    [
      'a body written anew',
      (body) => ({ headers: signedHeaders(body), body: JSON.stringify(JSON.parse(body), null, 1) }),
    ],
    ['another ID', (body) => ({ headers: { ...signedHeaders(body), 'webhook-id': 'WH-other' } })],
    ['a time six minutes ago', (body) => ({ headers: signedHeaders(body, { at: nowSeconds() - 360 }) })],
    ['a time in six minutes', (body) => ({ headers: signedHeaders(body, { at: nowSeconds() + 360 }) })],
    ['a time that is none', (body) => ({ headers: { ...signedHeaders(body), 'webhook-timestamp': 'now' } })],
    ['an empty signature', (body) => ({ headers: { ...signedHeaders(body), 'webhook-signature': 'v1,' } })],
  ]
  test.each(forged)('%s: 401 SIGNATURE_INVALID', async (_what, forge) => {
    const purchase = await paid()
    const { headers, body = bodyOf(purchase) } = forge(bodyOf(purchase))
    expect(outcome(await send(body, headers))).toBe('401 SIGNATURE_INVALID')
    expect(await deliveries(purchase.portonePaymentId)).toEqual([])
    expect((await row(purchase)).version).toBe(1)
  })

  test('a form, or a body of 10 MB: 415, 413', async () => {
    const form = 'paymentId=x'
    const answer = await send(form, signedHeaders(form), 'application/x-www-form-urlencoded')
    expect(outcome(answer)).toBe('415 UNSUPPORTED_MEDIA_TYPE')
    const large = JSON.stringify({ type: 'Transaction.Paid', filler: 'x'.repeat(10_000_000) })
    expect(outcome(await send(large, signedHeaders(large)))).toBe('413 PAYLOAD_TOO_LARGE')
  })
})

test('a buyer who confirms meanwhile takes the look with him: nothing is left to look at', async () => {
  const purchase = await paid()
  const body = bodyOf(purchase)
  await send(body, signedHeaders(body))
  expect(await service.lookAtDue()).not.toContain(purchase.paymentId)
  expect((await service.confirm(purchase)).statusCode).toBe(200)
  expect(await row(purchase)).toMatchObject({ status: 'SUCCESS', next_check_at: null })
})

test('news that a payment is paid, while a look is under way that reads PAID, brings no second look', async () => {
  const purchase = await paid()
  const body = bodyOf(purchase)
  const portone: typeof deps.portone = {
    ...deps.portone,
    read: async (paymentId) => {
      await send(body, signedHeaders(body))
      return deps.portone.read(paymentId)
    },
  }
  await checkUnsettled({ ...deps, portone }, await row(purchase))
  expect(await row(purchase)).toMatchObject({ status: 'SUCCESS', next_check_at: null })
})

test('the same webhook 50 times at once: stored once, one event', async () => {
  const purchase = await paid()
  const body = bodyOf(purchase)
  const headers = signedHeaders(body)
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(body, headers)))
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  expect(await deliveries(purchase.portonePaymentId)).toHaveLength(1)
  await lookAtDue()
  await send(body, headers)
  expect(await lookAtDue()).not.toContain(purchase.paymentId)
  expect(await events(purchase)).toHaveLength(1)
})

test.each(['Transaction.SomethingNew', 'BillingKey.Issued', 'Transaction.Ready', 'Transaction.Failed'])(
  '%s is stored and answered 200 without a look: the buyer may still try again',
  async (type) => {
    const purchase = await service.registered()
    const body = bodyOf(purchase, { type })
    expect((await send(body, signedHeaders(body))).statusCode).toBe(200)
    expect(await deliveries(purchase.portonePaymentId)).toHaveLength(1)
    expect(await lookAtDue()).not.toContain(purchase.paymentId)
  },
)

test('a webhook for a payment we do not have, or that comes before the payment is PAID, does no harm', async () => {
  const unknown = bodyOf({ portonePaymentId: `tq${randomUUID().replaceAll('-', '')}` })
  expect((await send(unknown, signedHeaders(unknown))).statusCode).toBe(200)
  const early = await service.registered()
  const body = bodyOf(early)
  expect((await send(body, signedHeaders(body))).statusCode).toBe(200)
  await lookAtDue()
  expect((await row(early)).status).toBe('PENDING')
})

test('a webhook says nothing by itself: PortOne’s answer decides', async () => {
  const purchase = await paid({ totalAmount: 1_000 })
  const body = bodyOf(purchase, {
    data: { paymentId: purchase.portonePaymentId, totalAmount: 198_000, status: 'PAID' },
  })
  expect((await send(body, signedHeaders(body))).statusCode).toBe(200)
  await lookAtDue()
  expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'AMOUNT_MISMATCH' })
})

test.each([
  ['no JSON', 'not JSON'],
  ['half a JSON', '{"type":'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a number as type', '{"type":5}'],
  ['no type', '{"data":{}}'],
  ['a list as data', '{"type":"Transaction.Paid","data":[1]}'],
  ['a number as payment', '{"type":"Transaction.Paid","data":{"paymentId":7}}'],
  ['NUL in a text', '{"type":"Transaction.Paid","data":{"paymentId":"a\\u0000b"}}'],
  ['half a surrogate pair', '{"type":"Transaction.Paid","data":{"paymentId":"\\ud800"}}'],
  ['a key that is a prototype', '{"type":"Transaction.Paid","__proto__":{"type":"x"},"data":null}'],
  ['thirty thousand lists in each other', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
])('signed but %s: 200, because sending it again would change nothing', async (_what, body) => {
  expect((await send(body, signedHeaders(body))).statusCode).toBe(200)
})

test('a webhook of another store is not ours', async () => {
  const purchase = await paid()
  const body = bodyOf(purchase, { data: { storeId: 'another', paymentId: purchase.portonePaymentId } })
  expect((await send(body, signedHeaders(body))).statusCode).toBe(200)
  expect(await deliveries(purchase.portonePaymentId)).toEqual([])
})

test('webhooks out of order, Cancelled before Paid: what PortOne says in the end decides', async () => {
  const purchase = await paid()
  await service.sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
  for (const type of ['Transaction.Cancelled', 'Transaction.Paid']) {
    const body = bodyOf(purchase, { type })
    await send(body, signedHeaders(body))
    await lookAtDue()
  }
  expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'CANCELLED_AT_PROVIDER' })
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
})

describe('news of money that comes while somebody decides is not swallowed', () => {
  /** The payment as a look sees it that PortOne answers, and to which something then happens before the look goes on. */
  const lookOvertakenBy = async (purchase: Purchase, happens: () => Promise<unknown>) => {
    const portone: typeof deps.portone = {
      ...deps.portone,
      read: async (paymentId) => {
        const read = await deps.portone.read(paymentId)
        if (paymentId === purchase.portonePaymentId) await happens()
        return read
      },
    }
    await checkUnsettled({ ...deps, portone }, await row(purchase))
  }
  const tell = async (purchase: Purchase, type: string) => {
    const body = bodyOf(purchase, { type })
    expect((await send(body, signedHeaders(body))).statusCode).toBe(200)
  }
  const cancelAndTell = async (purchase: Purchase, amount: number, type: string) => {
    await service.sandbox.cancelInConsole(purchase.portonePaymentId, amount)
    await tell(purchase, type)
  }

  test('all of it goes back between the look and SUCCESS: looked at again, REFUNDED', async () => {
    const purchase = await paid()
    await lookOvertakenBy(purchase, () => cancelAndTell(purchase, 198_000, 'Transaction.Cancelled'))
    expect((await row(purchase)).status).toBe('SUCCESS')
    expect(await lookAtDue()).toContain(purchase.paymentId)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', next_check_at: null })
  })

  test('the rest goes back while a part is being written down: looked at again, REFUNDED', async () => {
    const purchase = await paid()
    await service.confirm(purchase)
    await cancelAndTell(purchase, 98_000, 'Transaction.PartialCancelled')
    await lookOvertakenBy(purchase, () => cancelAndTell(purchase, 100_000, 'Transaction.Cancelled'))
    expect(await lookAtDue()).toContain(purchase.paymentId)
    expect((await row(purchase)).status).toBe('REFUNDED')
  })

  test('a part goes back before all of it is seen to have gone back: the books agree in the end', async () => {
    const purchase = await paid()
    await service.confirm(purchase)
    await cancelAndTell(purchase, 198_000, 'Transaction.Cancelled')
    await lookOvertakenBy(purchase, () => tell(purchase, 'Transaction.PartialCancelled'))
    expect(await lookAtDue()).toContain(purchase.paymentId)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 198_000, next_check_at: null })
  })

  test('but of what we give back ourselves: the decision that gave it back stands', async () => {
    const purchase = await paid({ totalAmount: 1_000 })
    const portone: typeof deps.portone = {
      ...deps.portone,
      cancel: async (paymentId, input) => {
        const cancelled = await deps.portone.cancel(paymentId, input)
        await tell(purchase, 'Transaction.Cancelled')
        return cancelled
      },
    }
    await checkUnsettled({ ...deps, portone }, await row(purchase))
    expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'AMOUNT_MISMATCH' })
  })
})
