import { createRedis } from '@ticket-queue/redis'
import { callService, listen, runService, startJob } from '@ticket-queue/service-kit'
import { buildApp } from './app.ts'
import { readConfig } from './config.ts'
import { createAskTogether } from './route-requests/ask-together.ts'
import { settingsOf } from './settings.ts'
import { createPublicKeys } from './verify-identity/public-keys.ts'

await runService('gateway', readConfig, async ({ config, log, metrics, own, ready }) => {
  const redisOptions = { url: config.REDIS_URL, keyPrefix: config.REDIS_KEY_PREFIX, failFast: true }
  const redis = own(createRedis({ ...redisOptions, connectionName: 'gateway' }))
  const limitsRedis = own(createRedis({ ...redisOptions, connectionName: 'gateway-limits', commandTimeoutMs: 300 }))
  ready.add('redis', () => redis.check())

  const asGateway = { apiKey: config.SERVICE_API_KEY, caller: 'gateway' }
  const userService = own(
    callService({ ...asGateway, baseUrl: config.USER_INTERNAL_URL, timeoutMs: 2000, connections: 2 }),
  )
  const queue = own(
    callService({ ...asGateway, baseUrl: config.QUEUE_INTERNAL_URL, timeoutMs: config.QUEUE_TIMEOUT_MS }),
  )
  const together = (internalUrl: string, timeoutMs: number) =>
    own(createAskTogether({ apiKey: config.SERVICE_API_KEY, internalUrl, timeoutMs })).ask
  const keys = createPublicKeys({ userService, log })
  own(startJob({ name: 'refresh-public-keys', everyMs: 60_000, log, run: () => keys.refresh() }))
  ready.add('public keys', () => keys.check())

  const app = await buildApp({
    ...settingsOf(config),
    ...{ log, metrics, keys, redis, limitsRedis, queue },
    together: {
      queue: together(config.QUEUE_INTERNAL_URL, config.QUEUE_TIMEOUT_MS),
      reservation: together(config.RESERVATION_INTERNAL_URL, config.TIMEOUT_MS),
    },
  })
  own(await listen(app, { host: config.HOST, port: config.PORT }))
})
