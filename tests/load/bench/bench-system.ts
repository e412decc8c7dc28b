import { createRedis, type RedisClient } from '@ticket-queue/redis'
import { type Api, apiAt, logIn } from '@ticket-queue/scripts/call-api'
import { adminEmail, loadDemo } from '@ticket-queue/scripts/demo'
import { makeSecrets, type Secrets } from '@ticket-queue/scripts/secrets'
import { createAccount, type System, startSystem } from '@ticket-queue/scripts/system'
import { type Books, openBooks } from '../../invariants/books.ts'
import { freePorts } from '../../system/free-ports.ts'
import type { BenchDeps } from './findings.ts'
import { createMint, type Mint } from './people/mint-tokens.ts'

/** A whole system on the stores of the run, with the demo catalogue. */
export interface BenchSystem {
  readonly system: System
  readonly secrets: Secrets
  readonly redis: RedisClient
  readonly books: Books
  readonly mint: Mint
  readonly gatewayUrl: string
  readonly queueUrl: string
  readonly queueInternalUrl: string
  /** Shows services that the gateway calls. */
  readonly gatewayKeyHeader: Record<string, string>
  /** Headers with which the queue service takes a call as the gateway's, for a person. */
  readonly asGateway: (userId: string) => Record<string, string>
  /** The demo event on sale. */
  readonly scheduleId: string
  /** Adds a further schedule on sale to that event, with nobody in its queue. */
  newSchedule(): Promise<string>
  stop(): Promise<void>
}

/** Starts it with the settings of `npm start`. */
export async function startBenchSystem({ root, directory, stack, say }: BenchDeps): Promise<BenchSystem> {
  say('starting the system')
  const secrets = makeSecrets()
  const { databaseUrl, redisUrl, kafkaBrokers } = stack
  const system = await startSystem({
    root,
    ownerUrl: databaseUrl,
    redisUrl,
    kafkaBrokers,
    redisKeyPrefix: '',
    topicPrefix: '',
    ports: await freePorts(),
    secrets,
    bcryptCost: 4,
    directory,
    onExit: ({ name, code, signal }) => say(`${name} ended by itself (${signal ?? `exit ${code}`})`),
  })
  const { gatewayUrl, sandboxUrl } = system
  const redis = createRedis({ url: redisUrl, connectionName: 'bench', commandTimeoutMs: 60_000 })
  const books = openBooks({ databaseUrl, redisUrl, redisKeyPrefix: '', sandboxUrl })
  const stop = async () => {
    await books.close()
    await redis.close()
    await system.stop()
  }
  try {
    await createAccount(system, { root, email: adminEmail, password: secrets.adminPassword, role: 'ADMIN' })
    const demo = await loadDemo(gatewayUrl, secrets.adminPassword)
    const onSale = demo.events.find((event) => event.key === 'onSale')
    if (!onSale) throw new Error('the demo has no event on sale')
    const token = await logIn(gatewayUrl, adminEmail, secrets.adminPassword)
    let schedules = 1
    return {
      system,
      secrets,
      redis,
      books,
      mint: createMint(secrets.jwtSigningKeys),
      gatewayUrl,
      queueUrl: `http://127.0.0.1:${system.plan.ports.queue}`,
      queueInternalUrl: `http://127.0.0.1:${system.plan.ports.queue + 2_000}`,
      gatewayKeyHeader: { 'x-service-api-key': secrets.serviceApiKeys.gateway },
      asGateway: (userId) => ({
        'x-service-api-key': secrets.serviceApiKeys.gateway,
        'x-user-id': userId,
        'x-user-role': 'USER',
      }),
      scheduleId: onSale.scheduleId,
      newSchedule: () => {
        schedules += 1
        return addSchedule(apiAt(gatewayUrl, token), onSale.eventId, schedules)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function addSchedule(admin: Api, eventId: string, playSequence: number): Promise<string> {
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const showHours = 1_000 + 24 * playSequence
  const schedule = {
    playSequence,
    eventStartAt: inHours(showHours),
    eventEndAt: inHours(showHours + 2),
    saleStartAt: inHours(-1),
    saleEndAt: inHours(showHours - 24),
  }
  return (await admin<{ id: string }>('POST', `/events/${eventId}/schedules`, schedule)).id
}
