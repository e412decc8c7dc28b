import { fastifyHttpProxy } from '@fastify/http-proxy'
import { fastifyJwt } from '@fastify/jwt'
import { createRedis } from '@ticket-queue/redis'
import Fastify from 'fastify'
import { answerParent, inputOfParent } from '../program.ts'

export interface MinimalProxyInput {
  readonly redisUrl: string
  readonly upstream: string
  readonly publicKeyPem: string
}

// G: the least a gateway does: an EdDSA token from the cache, one read in Redis, the request passed on.
const { redisUrl, upstream, publicKeyPem } = inputOfParent<MinimalProxyInput>()
const redis = createRedis({ url: redisUrl, connectionName: 'bench-proxy', failFast: true })
await redis.check()
const app = Fastify()
await app.register(fastifyJwt, {
  secret: { private: 'none', public: publicKeyPem },
  verify: { algorithms: ['EdDSA'], cache: true },
})
app.addHook('onRequest', async (request) => {
  const { sub, jti } = await request.jwtVerify<{ sub: string; jti: string }>()
  if ((await redis.client.get(`bench:blacklist:${jti}`)) !== null) throw new Error('logged out')
  request.headers['x-user-id'] = sub
})
await app.register(fastifyHttpProxy, { upstream })
answerParent({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })
