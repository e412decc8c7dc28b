import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { closedKey, configKey, epochKey, logKey, logsKey } from './keys.ts'
import type { ClosedReason } from './place-request.ts'
import { fieldsOf, type QueueSettings } from './queue-config.ts'

const script = defineScript({
  file: new URL('./bring-back-settings.lua', import.meta.url),
  keys: ['config', 'closed', 'log', 'logs', 'epoch'],
  args: z.object({
    scheduleId: z.uuid(),
    settings: z.string(),
    reason: z.string(),
    changedBy: z.string(),
    lateMs: z.int().nonnegative(),
    setUs: z.int().nonnegative(),
  }),
  reply: replies({ brought: { config: z.number(), closed: z.number() } }),
})

/**
 * Sets again, after Redis has lost it, how a schedule's queue was run and why it was closed; what somebody has set later stays.
 * Nobody is admitted for `lateMs`, in which people still ask later than their turn comes, as far as this process knows.
 * Safe to repeat, and from several processes at once.
 */
export const bringBackSettings = async (
  redis: RedisClient,
  scheduleId: string,
  { config, setUs, closed, lateMs }: QueueSettings & { closed: ClosedReason | null; lateMs: number },
): Promise<{ config: boolean; closed: boolean }> => {
  const brought = await script(
    redis,
    {
      config: configKey(scheduleId),
      closed: closedKey(scheduleId),
      log: logKey(scheduleId),
      logs: logsKey,
      epoch: epochKey(scheduleId),
    },
    {
      scheduleId,
      settings: JSON.stringify(fieldsOf(config)),
      reason: closed ?? '',
      changedBy: 'recovery',
      lateMs,
      setUs,
    },
  )
  return { config: brought.config === 1, closed: brought.closed === 1 }
}
