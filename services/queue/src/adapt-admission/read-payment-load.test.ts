import { paymentLoadSchema } from '@ticket-queue/contracts/http/payment'
import { buildHttp, callService, createLog, createMetrics, listen, requireServiceKey } from '@ticket-queue/service-kit'
import { expect, onTestFinished, test } from 'vitest'
import { createPaymentLoadReader } from './read-payment-load.ts'

const log = createLog('payment-test', 'silent')
const key = '0f5a1c52-2f2f-4d6d-9a0e-5d6f1c0f7a11'
const load = { confirmations: 12, confirmP95Ms: 950.5, errorShare: 0.25, inFlight: 4 }

/** A payment service's stand-in that speaks the contract, and a reader that asks it. */
async function paymentService(path = '/internal/load') {
  const app = buildHttp({ service: 'payment-test', log, metrics: createMetrics('payment-test') })
  requireServiceKey(app, { queue: [key] })
  app.get(path, { schema: { response: { 200: paymentLoadSchema } } }, async () => load)
  const { address, close } = await listen(app, { host: '127.0.0.1', port: 0 })
  const payment = callService({ baseUrl: address, apiKey: key, caller: 'queue', timeoutMs: 1_000 })
  onTestFinished(async () => {
    await payment.close()
    await close()
  })
  return { read: createPaymentLoadReader(payment, log), close }
}

test('the load is what the payment service says', async () => {
  expect(await (await paymentService()).read()).toEqual(load)
})

test('a payment service that gives no answer is away', async () => {
  const { read, close } = await paymentService()
  await close()
  expect(await read()).toBe('away')
})

test('one that does not know the question, or none at all, measures nothing', async () => {
  expect(await (await paymentService('/internal/other')).read()).toBe('unmeasured')
  expect(await createPaymentLoadReader(null, log)()).toBe('unmeasured')
})
