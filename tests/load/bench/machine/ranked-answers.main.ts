import { createRedis } from '@ticket-queue/redis'
import Fastify from 'fastify'
import { answerParent, inputOfParent } from '../program.ts'

export interface RankedAnswersInput {
  readonly redisUrl: string
  readonly queueKey: string
}

// Behind G: a Fastify that asks one Lua script for the rank of whoever the proxy says is asking.
const { redisUrl, queueKey } = inputOfParent<RankedAnswersInput>()
const redis = createRedis({ url: redisUrl, connectionName: 'bench-ranked', failFast: true })
await redis.check()
const hash = String(await redis.client.script('LOAD', `return redis.call('ZRANK', KEYS[1], ARGV[1])`))
const app = Fastify()
app.get('/rank', async (request) => {
  const rank = await redis.client.evalsha(hash, 1, queueKey, String(request.headers['x-user-id']))
  return { status: 'WAITING', rank, pollAfterMs: 5_000 }
})
answerParent({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })
