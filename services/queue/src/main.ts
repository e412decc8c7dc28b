import { serviceAnswerMs as answerWithinMs, createDatabase } from '@ticket-queue/database'
import { createRedis } from '@ticket-queue/redis'
import { callService, listen, runService } from '@ticket-queue/service-kit'
import { admitWaitingJob } from './admit-waiting/admit-waiting.job.ts'
import { buildApp, buildInternalApp } from './app.ts'
import { buildDeps } from './build-deps.ts'
import { readConfig } from './config.ts'
import { startBackground } from './start-background.ts'
import type { Database } from './store/database.ts'

const eventTimeoutMs = 2_000

await runService('queue', readConfig, async ({ config, log, own, ready, metrics }) => {
  const { REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix, EVENT_INTERNAL_URL: baseUrl, SERVICE_API_KEY: apiKey } = config
  const onError = (err: unknown) => log.warn({ err }, 'a store is away')
  const redis = own(createRedis({ url, keyPrefix, connectionName: 'queue', failFast: true, onError }))
  ready.add('redis', () => redis.check())
  const { DATABASE_URL, DATABASE_POOL_MAX: poolMax } = config
  const { db } = own(
    createDatabase<Database>({ url: DATABASE_URL, poolMax, applicationName: 'queue', answerWithinMs, onError }),
  )
  const event = own(callService({ baseUrl, apiKey, caller: 'queue', timeoutMs: eventTimeoutMs }))
  const deps = buildDeps({ redis, event, db, log, metrics }, config)
  ready.add(
    'draws',
    async () => deps.draws.hasHeard() || Promise.reject(new Error('PostgreSQL has not told the draws yet')),
  )
  ready.add(
    'settings',
    async () => deps.settings.hasHeard() || Promise.reject(new Error('PostgreSQL has not told the settings yet')),
  )
  own(admitWaitingJob(deps, config.ADMISSION_TICK_MS))
  own(await startBackground(deps, config))
  const app = buildApp(deps)
  own(await listen(buildInternalApp(deps, app), { host: config.HOST, port: config.INTERNAL_PORT }))
  own(await listen(app, { host: config.HOST, port: config.PORT }))
})
