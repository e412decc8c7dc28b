import { randomUUID } from 'node:crypto'
import {
  activeKey,
  admittedKey,
  enterQueue,
  leaveQueue,
  paceKey,
  pollsKey,
  type QueueConfig,
  queueKey,
  revokeTokens,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import { ageKeys } from '@ticket-queue/lua/queue/test-age'
import type { RedisClient } from '@ticket-queue/redis'
import { createMetrics } from '@ticket-queue/service-kit'
import { type AdmitWaitingDeps, admitWaiting } from './admit-waiting/admit-waiting.ts'
import type { Horizon } from './domain/judge-wait.ts'
import { createPace, type Pace } from './pace.ts'
import { startTestService, type TestService } from './test-queue-service.ts'
import { createToldWaits } from './told-waits.ts'
import { createWaitFigures } from './wait-figures.ts'

/** For tests: what one person was told, and what came; waits in seconds. */
export interface Told {
  readonly userId: string
  readonly ahead: number
  readonly atMs: number
  readonly p50: number
  readonly p90: number
}

export interface TestCrowd {
  readonly service: TestService
  readonly scheduleId: string
  /** In the order of the line. */
  readonly userIds: readonly string[]
  /** Lets time go by in quarters of a second, each with a tick; `meanwhile` is called after each with the second of this call. */
  pass(seconds: number, meanwhile?: (second: number) => Promise<unknown>): Promise<void>
  /** Asks for somebody's place over HTTP; null for whoever is not waiting or has no estimate. */
  ask(userId: string | undefined): Promise<Told | null>
  /** Asks for some of those who wait, spread over the line. */
  askSome(): Promise<void>
  /** All that `askSome` was told and that has come to its end, with the seconds waited. */
  ended(): readonly (Told & { actual: number })[]
  goSilent(userIds: readonly string[]): Promise<unknown>
  leave(userId: string): Promise<unknown>
  /** Somebody inside goes, which makes room for another one. */
  makeRoom(): Promise<unknown>
  /** What the metric has counted, by verdict, of one horizon or of all, or by reason for giving up. */
  figures(horizon?: Horizon): Promise<Record<string, number>>
  /** Another replica's estimate of the last place, which has ticked `times` times. */
  asAnotherReplica(times: number): Promise<Awaited<ReturnType<Pace['expected']>>>
}

const tickMs = 250
const askedAtOnce = 5

/** A line of people in a service whose clock, and the pace of the queue in Redis, are moved instead of waited for. */
export async function openCrowd(
  redis: RedisClient,
  count: number,
  config: Partial<QueueConfig>,
  estimateBy: (pace: Pace) => Pace = (pace) => pace,
): Promise<TestCrowd> {
  let agedMs = 0
  const nowMs = () => performance.now() + agedMs
  const figures = createWaitFigures(createMetrics('told-crowd'))
  const estimates = { pace: estimateBy(createPace(redis, nowMs)), toldWaits: createToldWaits(figures, nowMs) }
  const service = await startTestService(redis, estimates)
  const admission: AdmitWaitingDeps = { ...service.admission, ...estimates }
  const scheduleId = service.openSchedule()
  await writeQueueConfig(redis, scheduleId, config)
  const userIds: readonly string[] = Array.from({ length: count }, () => randomUUID())
  for (const userId of userIds) await enterQueue(redis, { scheduleId, userId })
  const told: Told[] = []
  const goneAtMs = new Map<string, number>()
  let waiting = new Set(userIds)

  const noteWhoWaits = async () => {
    const line = await redis.client.zrange(queueKey(scheduleId), 0, '-1')
    const still = new Set(line)
    for (const userId of waiting) if (!still.has(userId)) goneAtMs.set(userId, nowMs())
    waiting = still
  }
  const ask: TestCrowd['ask'] = async (userId = '') => {
    // At the advised time, which is brought here.
    await redis.client.hset(pollsKey(userId), { nextMs: 1 })
    const atMs = nowMs()
    const place = (await service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)).json()
    if (place.status !== 'WAITING' || place.estimatedWaitRange === null) return null
    const [p50, p90] = place.estimatedWaitRange
    return { userId, ahead: place.aheadOfYou, atMs, p50, p90 }
  }

  return {
    service,
    scheduleId,
    userIds,
    pass: async (seconds, meanwhile = async () => {}) => {
      for (let passedMs = 0; passedMs < seconds * 1_000; passedMs += tickMs) {
        await ageKeys(redis, { keys: [paceKey(scheduleId), admittedKey(scheduleId)] }, { ms: tickMs })
        agedMs += tickMs
        await admitWaiting(admission)
        await noteWhoWaits()
        if (passedMs % 1_000 === 0) await meanwhile(passedMs / 1_000)
      }
    },
    ask,
    askSome: async () => {
      const line = [...waiting]
      const places = Array.from({ length: askedAtOnce }, (_, part) => Math.floor((part * line.length) / askedAtOnce))
      for (const place of places) {
        const answer = line[place] === undefined ? null : await ask(line[place])
        if (answer !== null) told.push(answer)
      }
    },
    ended: () =>
      told.flatMap((one) => {
        const atMs = goneAtMs.get(one.userId)
        return atMs === undefined ? [] : [{ ...one, actual: (atMs - one.atMs) / 1_000 }]
      }),
    goSilent: (silent) => redis.client.unlink(...silent.map(activeKey)),
    leave: async (userId) => {
      waiting.delete(userId)
      await leaveQueue(redis, { scheduleId, userId })
    },
    makeRoom: async () => {
      const [userId] = await redis.client.zrange(admittedKey(scheduleId), 0, '0')
      if (userId !== undefined) await revokeTokens(redis, { scheduleId, userId })
    },
    figures: async (horizon) => {
      const { values } = await figures.settled.get()
      const counts: Record<string, number> = {}
      const asked = values.filter(({ labels }) => horizon === undefined || labels.horizon === horizon)
      for (const { labels, value } of asked) counts[`${labels.verdict}`] = (counts[`${labels.verdict}`] ?? 0) + value
      for (const { labels, value } of (await figures.givenUp.get()).values) counts[`${labels.reason}`] = value
      return counts
    },
    asAnotherReplica: async (times) => {
      const pace = createPace(redis, nowMs)
      for (let tick = 0; tick < times; tick += 1) await admitWaiting({ ...admission, pace })
      return pace.expected(scheduleId)
    },
  }
}
