import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import {
  activeKeyPrefix,
  admittedKey,
  closedKey,
  configKey,
  drawKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  paceKey,
  queueKey,
  schedulesKey,
  staysKey,
  tokenKeyPrefix,
} from './keys.ts'
import { type ClosedReason, closedReasonSchema, defaultRecovery, type Recovery } from './place-request.ts'
import { defaultQueueConfig, type QueueSettings, readQueueSettings } from './queue-config.ts'
import { newQueueTokens, queueTokenMs } from './queue-token.ts'
import { type ToldDraw, textOfDraw } from './told-draw.ts'

export interface AdmittedBatch extends QueueSettings {
  /** In the order of the queue. */
  admitted: { userId: string; token: string }[]
  waiting: number
  inside: number
  /** Places of people who had left. */
  dropped: number
  /** Stays that are over and wait for `endStays`. */
  ended: number
  /** All admissions of this schedule so far: the rate is how fast it grows. */
  admittedTotal: number
  /** All places of people who had left that admission has come to and dropped so far. */
  droppedTotal: number
  /** All who gave up their place so far. */
  leftTotal: number
  /** µs; another number than before means that Redis has lost something of this queue. */
  epochUs: number
  /** The latest moment of this queue, µs: to be given back as `knownUs`. */
  lastUs: number
  /** The last place (µs) that admission has come to in this epoch, 0 before the first. */
  frontUs: number
  /** The place (µs) of who is next, 0 when nobody waits. */
  firstUs: number
  /** How long admission is still held back after a loss, or at least because a draw is awaited or has to be asked for. */
  heldMs: number
  closed: ClosedReason | null
  /** The draw whose order does not stand yet; nobody is admitted before. */
  undrawn: string | null
}

const script = defineScript({
  file: new URL('./admit-batch.lua', import.meta.url),
  keys: ['queue', 'admitted', 'config', 'pace', 'schedules', 'epoch', 'gone', 'closed', 'log', 'logs', 'draw', 'stays'],
  args: z.object({
    scheduleId: z.uuid(),
    tokenMs: z.int().positive(),
    defaultBatchSize: z.int().positive(),
    defaultIntervalMs: z.int().positive(),
    knownUs: z.int().nonnegative(),
    restoreMs: z.int().nonnegative(),
    graceMs: z.int().nonnegative(),
    activeKeyPrefix: z.string(),
    tokenKeyPrefix: z.string(),
    draw: z.string(),
    heardUs: z.int().min(-1),
    tokens: z.array(z.string()),
  }),
  reply: replies({
    admitted: {
      waiting: z.number(),
      inside: z.number(),
      dropped: z.number(),
      ended: z.number(),
      admittedTotal: z.number(),
      droppedTotal: z.number(),
      leftTotal: z.number(),
      epochUs: z.number(),
      lastUs: z.number(),
      frontUs: z.number(),
      firstUs: z.number(),
      heldMs: z.number(),
      closed: z.literal('').or(closedReasonSchema),
      undrawn: z.string(),
      userIds: z.array(z.string()),
    },
  }),
})

/**
 * Lets in as many of a schedule's queue as its rate and its room allow at this moment (QUEUE-005), each with a reservation token.
 * Any number of replicas may call it at any time; each says with `knownUs` what it has seen of this queue, and with `heardUs` in
 * which of its epochs it has heard of draws (-1: it knows all): after a loss none but those that have let anybody in. One call looks at a bounded number of places: if `dropped` is high, call again. Each call
 * brings a token for everybody who may be due, or for `peopleMax` at most: then more may be due when so many have got in.
 */
export const admitBatch = async (
  redis: RedisClient,
  scheduleId: string,
  {
    knownUs = 0,
    recovery = defaultRecovery,
    draw = null,
    heardUs = -1,
    peopleMax = Number.POSITIVE_INFINITY,
  }: {
    knownUs?: number
    recovery?: Recovery
    draw?: ToldDraw | null
    heardUs?: number
    peopleMax?: number
  } = {},
): Promise<AdmittedBatch> => {
  const settings = await readQueueSettings(redis, scheduleId)
  const tokens = newQueueTokens('RESERVATION', Math.min(settings.config.batchSize, peopleMax))
  const {
    userIds,
    closed,
    undrawn,
    outcome: _,
    ...counts
  } = await script(
    redis,
    {
      queue: queueKey(scheduleId),
      admitted: admittedKey(scheduleId),
      config: configKey(scheduleId),
      pace: paceKey(scheduleId),
      schedules: schedulesKey,
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      closed: closedKey(scheduleId),
      log: logKey(scheduleId),
      logs: logsKey,
      draw: drawKey(scheduleId),
      stays: staysKey(scheduleId),
    },
    {
      scheduleId,
      tokenMs: queueTokenMs,
      defaultBatchSize: defaultQueueConfig.batchSize,
      defaultIntervalMs: defaultQueueConfig.intervalMs,
      knownUs,
      ...recovery,
      activeKeyPrefix: redis.keyPrefix + activeKeyPrefix,
      tokenKeyPrefix: redis.keyPrefix + tokenKeyPrefix,
      draw: textOfDraw(draw),
      heardUs,
      tokens,
    },
  )
  const admitted = userIds.map((userId, index) => ({ userId, token: tokens[index] ?? '' }))
  return { ...counts, closed: closed || null, undrawn: undrawn || null, ...settings, admitted }
}
