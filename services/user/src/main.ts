import { createDatabase, serviceAnswerMs } from '@ticket-queue/database'
import { createRedis } from '@ticket-queue/redis'
import { listen, runService } from '@ticket-queue/service-kit'
import { buildApp, buildInternalApp } from './app.ts'
import { buildDeps } from './build-deps.ts'
import { readConfig } from './config.ts'
import { startForgetAttempts } from './forget-attempts/forget-attempts.job.ts'
import { createLeaveQueue } from './log-out/leave-queue.ts'
import type { Database } from './store/database.ts'

await runService('user', readConfig, async ({ config, log, own, ready, metrics }) => {
  const onError = (err: unknown) => log.warn({ err }, 'a store is away')
  const database = own(
    createDatabase<Database>({
      url: config.DATABASE_URL,
      poolMax: config.DATABASE_POOL_MAX,
      applicationName: 'user',
      answerWithinMs: serviceAnswerMs,
      onError,
    }),
  )
  const redis = own(
    createRedis({
      url: config.REDIS_URL,
      keyPrefix: config.REDIS_KEY_PREFIX,
      connectionName: 'user',
      failFast: true,
      onError,
    }),
  )
  ready.add('postgres', () => database.check())
  const { leaveQueue } = own(
    createLeaveQueue({ baseUrl: config.QUEUE_INTERNAL_URL, apiKey: config.SERVICE_API_KEY }, log),
  )
  const deps = await buildDeps(config, { log, metrics, database, redis, leaveQueue })
  own(startForgetAttempts(deps))
  own(await listen(buildInternalApp(deps), { host: config.HOST, port: config.INTERNAL_PORT }))
  own(await listen(buildApp(deps), { host: config.HOST, port: config.PORT }))
})
