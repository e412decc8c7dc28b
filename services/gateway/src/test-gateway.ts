import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { RedisClient } from '@ticket-queue/redis'
import { callService, createLog, createMetrics, type Listening, type Log, listen } from '@ticket-queue/service-kit'
import { testRedis } from '@ticket-queue/testing'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { buildApp, type GatewayDeps } from './app.ts'
import { type UpstreamName, upstreamNames } from './domain/upstreams.ts'
import { createAskTogether } from './route-requests/ask-together.ts'
import { claims, newSigningKey, type SigningKey, signToken } from './test-tokens.ts'
import { startUpstream, type Upstream } from './test-upstream.ts'
import { createPublicKeys, type PublicKeys } from './verify-identity/public-keys.ts'

export const apiKey = randomUUID()

export type TestGateway = {
  readonly url: string
  readonly port: number
  readonly upstreams: Record<UpstreamName, Upstream>
  readonly key: SigningKey
  readonly keys: PublicKeys
  readonly redis: RedisClient
  readonly metrics: GatewayDeps['metrics']
  /** The keys that the user service lists from now on. */
  listKeys(keys: SigningKey[]): void
  /** Authorization header of a good token. */
  as(role: 'USER' | 'ADMIN', changes?: Record<string, unknown>): { authorization: string }
  /** Everything that services have been sent since the last test. */
  seen(): number
  raw(bytes: string): Promise<string>
}

type Options = {
  deps?: Partial<GatewayDeps>
  upstreams?: Partial<Record<UpstreamName, (app: FastifyInstance) => void>>
  /** Adds routes to the internal ports of the services, which are one here. */
  internal?: (app: FastifyInstance) => void
  redisFor?: (redis: RedisClient) => RedisClient
  log?: Log
}

/** Starts the gateway and a server for each service for the tests of one file. */
export function testGateway(options: Options = {}): TestGateway {
  const redis = testRedis()
  const key = newSigningKey('key-1')
  let listed = [key]
  const log = options.log ?? createLog('gateway-test', 'silent')
  const metrics = createMetrics('gateway')
  const upstreams = {} as Record<UpstreamName, Upstream>
  const open: { close(): unknown }[] = []
  let server: Listening
  let keys: PublicKeys

  beforeAll(async () => {
    for (const name of upstreamNames) {
      upstreams[name] = await startUpstream(name, options.upstreams?.[name])
      open.push(upstreams[name])
    }
    const internal = await startUpstream('internal', (app) => {
      app.get('/internal/keys', async () => ({ keys: listed.map(({ jwk }) => jwk) }))
      options.internal?.(app)
      // Requests that come together are refused, so that each goes to its service alone, where tests see it.
      if (!app.hasRoute({ method: 'POST', url: '/internal/requests' })) {
        app.post('/internal/requests', (_request, reply) => reply.code(404).send())
      }
    })
    const internalPorts = callService({ baseUrl: internal.url, apiKey, caller: 'gateway', timeoutMs: 1000 })
    const together = createAskTogether({ internalUrl: internal.url, apiKey, timeoutMs: 1_000 })
    open.push(together)
    keys = createPublicKeys({ userService: internalPorts, log, cooldownMs: 50 })
    const failFast = (options.redisFor ?? ((client) => client.duplicate({ failFast: true })))(redis)
    await failFast.check().catch(() => {})
    open.push(internal, internalPorts, failFast)
    const app = await buildApp({
      ...defaults(),
      upstreams: Object.fromEntries(
        upstreamNames.map((name) => [name, upstreams[name].url]),
      ) as GatewayDeps['upstreams'],
      log,
      metrics,
      keys,
      redis: failFast,
      limitsRedis: failFast,
      queue: internalPorts,
      together: { queue: together.ask, reservation: together.ask },
      ...options.deps,
    })
    server = await listen(app, { host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await server.close()
    for (const resource of open.reverse()) await resource.close()
  })
  afterEach(() => {
    for (const { seen } of Object.values(upstreams)) seen.length = 0
  })

  return {
    get url() {
      return server.address
    },
    get port() {
      return server.port
    },
    get keys() {
      return keys
    },
    upstreams,
    key,
    redis,
    metrics,
    listKeys: (next) => {
      listed = next
    },
    as: (role, changes = {}) => ({ authorization: `Bearer ${signToken(key, claims({ role, ...changes }))}` }),
    seen: () => Object.values(upstreams).reduce((sum, { seen }) => sum + seen.length, 0),
    raw: (bytes) => sendRaw(server.port, bytes),
  }
}

function defaults() {
  const breaker = { resetMs: 300, minimumRequests: 1_000_000 }
  return {
    apiKey,
    timeoutsMs: { usual: 5000, payment: 5000, queue: 5000 },
    breakers: { user: breaker, event: breaker, queue: breaker, reservation: breaker, payment: breaker },
    limits: { userPerMinute: 0, ipPerMinute: 0, webhookPerMinute: 0 },
    corsOrigins: ['http://localhost:3000'],
    trustedHops: 0,
  }
}

/** Sends bytes as they are (they must ask for the end of the connection), and gives all that comes back until the gateway ends the connection. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}
