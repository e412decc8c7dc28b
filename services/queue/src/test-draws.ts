import { randomUUID } from 'node:crypto'
import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { type Database, databaseNow } from '@ticket-queue/database'
import { keyedPermutation } from '@ticket-queue/draw'
import { admitBatch, queueKey } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { waitUntil } from '@ticket-queue/testing'
import { type AdmitWaitingDeps, admitWaiting } from './admit-waiting/admit-waiting.ts'
import { type ConductDrawsDeps, conductDraws } from './conduct-draws/conduct-draws.ts'
import { placeSchema } from './domain/place.ts'
import { createDrawnRosters } from './drawn-rosters.ts'
import { knowDraws } from './know-draws/know-draws.ts'
import type { KnownDraw } from './known-draw.ts'
import { createKnownDraws } from './known-draws.ts'
import { createKnownMoments } from './known-moments.ts'
import type { Database as Tables } from './store/database.ts'
import { readRecentDraws, readRoster } from './store/draws.ts'
import { startTestService, type TestService } from './test-queue-service.ts'

const never = new AbortController().signal
const dayMs = 86_400_000

export const testBeacon = { source: 'drand:52db9ba7', reference: '31819022' }

/** For tests: the service with its draws, which go on only when a test has them go on. */
export interface TestDraws {
  readonly service: TestService
  readonly admin: (method: 'GET' | 'POST', path: string, body?: object) => ReturnType<ReturnType<TestService['as']>>
  /** A new schedule with a draw whose pre-queue is open. The sale moves later, so that T-0 comes when the test says so. */
  commit(options?: CommitOptions): Promise<string>
  /** T-0 comes, after everything that has happened so far. Gives it in unix ms. */
  startSale(scheduleId: string): Promise<number>
  /** People who enter one after the other; each with the latest ticket. */
  crowd(scheduleId: string, count: number): Promise<{ userId: string; ticket: string }[]>
  place(scheduleId: string, userId: string, ticket?: string): Promise<ReturnType<typeof placeSchema.parse>>
  /** Starts the sales that have not started, and takes each draw as far as it goes. */
  conduct(): Promise<void>
  /** Another process: it knows only what the stores tell it. */
  replica(): Promise<ConductDrawsDeps>
  drawOf(scheduleId: string): KnownDraw
  line(scheduleId: string): Promise<string[]>
  /** The users in the order that the kept roster and the draw key give. */
  drawnOrder(scheduleId: string, userIds: readonly string[]): Promise<string[]>
  admit(admission?: AdmitWaitingDeps): Promise<void>
  close(): Promise<void>
}

export interface CommitOptions {
  readonly beacon?: typeof testBeacon | null
  /** The sale does not move: T-0 comes so long after the opening, whatever the test does meanwhile. */
  readonly closesInMs?: number
  readonly schedule?: Partial<InternalSchedule>
}

export async function testDraws(
  redis: RedisClient,
  database: Database<Tables>,
  changes: Parameters<typeof startTestService>[1] = {},
): Promise<TestDraws> {
  const service = await startTestService(redis, { ...changes, database })
  const { conducting } = service
  const adminId = randomUUID()
  const admin: TestDraws['admin'] = (method, path, body) => service.as(adminId, 'ADMIN')(method, path, body)
  const drawOf = (scheduleId: string): KnownDraw => {
    const draw = conducting.draws.of(scheduleId)
    if (draw === null) throw new Error('there is no draw')
    return draw
  }
  const enter = async (scheduleId: string, userId: string, ticket?: string) => {
    const answer = await service.as(userId)('POST', '/queue/enter', { scheduleId, ...(ticket ? { ticket } : {}) })
    if (answer.statusCode !== 200) throw new Error(`entering was answered with ${answer.statusCode}: ${answer.body}`)
    return placeSchema.parse(answer.json())
  }
  const toStart = new Set<string>()
  const hasCome = async (momentMs: number) =>
    (await redisNowMs(redis)) > momentMs && conducting.draws.databaseNowMs() > momentMs
  const startSale = async (scheduleId: string) => {
    toStart.delete(scheduleId)
    const startsAtMs = (await redisNowMs(redis)) + 1
    service.changeSchedule(scheduleId, { saleStartAt: new Date(startsAtMs).toISOString() })
    await waitUntil(() => hasCome(startsAtMs), { intervalMs: 1 })
    return startsAtMs
  }
  return {
    service,
    admin,
    drawOf,
    startSale,
    commit: async ({ beacon = null, closesInMs, schedule = {} } = {}) => {
      // A slow machine may need longer to commit than is left until the opening.
      for (let soonMs = 200; ; soonMs *= 2) {
        const nowMs = (await databaseNow(database.db)).getTime()
        const [opensAtMs, closesAtMs] = [nowMs + soonMs, nowMs + soonMs + 1 + (closesInMs ?? 0)]
        const saleStartAt = new Date(closesAtMs).toISOString()
        const scheduleId = service.openSchedule({ saleOpen: false, saleStartAt, ...schedule })
        const opensAt = new Date(opensAtMs).toISOString()
        const answer = await admin('POST', `/queue/admin/schedules/${scheduleId}/draw`, { opensAt, beacon })
        if (answer.statusCode === 400 && soonMs < 10_000) continue
        if (answer.statusCode !== 201) throw new Error(`the draw was refused: ${answer.body}`)
        if (closesInMs === undefined) {
          toStart.add(scheduleId)
          service.changeSchedule(scheduleId, { saleStartAt: new Date(closesAtMs + dayMs).toISOString() })
        }
        await waitUntil(() => hasCome(opensAtMs))
        return scheduleId
      }
    },
    crowd: async (scheduleId, count) => {
      const people: { userId: string; ticket: string }[] = []
      for (let person = 0; person < count; person += 1) {
        const userId = randomUUID()
        people.push({ userId, ticket: (await enter(scheduleId, userId)).ticket ?? '' })
      }
      return people
    },
    place: enter,
    conduct: async () => {
      for (const scheduleId of toStart) await startSale(scheduleId)
      await conductDraws(conducting, never)
      await knowDraws(conducting)
    },
    replica: async () => {
      const draws = createKnownDraws(() => readRecentDraws(database.db))
      await draws.refresh()
      const rosters = createDrawnRosters((drawId) => readRoster(database.db, drawId))
      return { ...conducting, draws, rosters, known: createKnownMoments() }
    },
    line: (scheduleId) => redis.client.zrange(queueKey(scheduleId), 0, '-1'),
    drawnOrder: async (scheduleId, userIds) => {
      const draw = drawOf(scheduleId)
      if (draw.closed === null || draw.drawn === null) throw new Error('the draw has no order')
      const roster = await conducting.rosters.load(draw)
      const { indexOf } = keyedPermutation(draw.drawn.drawKey, draw.closed.count)
      const userOf = new Map(userIds.map((userId) => [roster.indexOf(userId), userId]))
      return Array.from({ length: draw.closed.count }, (_, position) => userOf.get(indexOf(position)) ?? 'a stranger')
    },
    admit: async (admission = service.admission) => {
      await admitWaiting(admission)
    },
    close: () => service.close(),
  }
}

async function redisNowMs(redis: RedisClient): Promise<number> {
  const [seconds, micros] = await redis.client.time()
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
}

/** A tick of a process that has heard of no draw at all. */
export const admitUnaware = (redis: RedisClient, scheduleId: string) => admitBatch(redis, scheduleId)
