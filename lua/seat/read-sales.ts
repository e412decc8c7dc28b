import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { salesKey } from './keys.ts'

const script = defineScript({
  file: new URL('./read-sales.lua', import.meta.url),
  keys: ['sales'],
  args: z.object({ sinceMs: z.int().nonnegative() }),
  reply: replies({ sales: { nowMs: z.number(), notes: z.array(z.string()) } }),
})

export interface NotedSale {
  readonly seatId: string
  readonly isSold: boolean
}

/**
 * The sales noted since `sinceMs` (unix ms of Redis, inclusive), and the moment of this look: passed as the next `sinceMs`
 * nothing is missed.
 */
export const readSales = async (
  redis: RedisClient,
  { scheduleId, sinceMs }: { scheduleId: string; sinceMs: number },
): Promise<{ nowMs: number; sales: NotedSale[] }> => {
  const { nowMs, notes } = await script(redis, { sales: salesKey(scheduleId) }, { sinceMs })
  const sales = notes.map((note) => {
    const [sale = '', seatId = ''] = note.split(':')
    return { seatId, isSold: sale === 'sold' }
  })
  return { nowMs, sales }
}
