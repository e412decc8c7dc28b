import { paymentLoadSchema } from '@ticket-queue/contracts/http/payment'
import { createLog, createMetrics } from '@ticket-queue/service-kit'
import { expect, test } from 'vitest'
import { buildInternalApp } from '../app.ts'
import { createLoadMeter } from '../domain/load-meter.ts'

const key = crypto.randomUUID()
const load = createLoadMeter()
const app = buildInternalApp({
  log: createLog('payment', 'silent'),
  metrics: createMetrics('payment'),
  keys: { queue: [key] },
  load,
})

test('only a service with its key is told how confirming goes', async () => {
  load.begin(performance.now())(performance.now(), 'badly')
  const told = await app.inject({ url: '/internal/load', headers: { 'x-service-api-key': key } })
  expect(paymentLoadSchema.parse(told.json())).toMatchObject({ confirmations: 1, errorShare: 1, inFlight: 0 })
  expect((await app.inject({ url: '/internal/load' })).json()).toMatchObject({ code: 'SERVICE_KEY_INVALID' })
})
