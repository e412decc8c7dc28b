import type { RedisClient } from '@ticket-queue/redis'
import { activeKey, paceKey, queueKey } from './keys.ts'
import { writeQueueConfig } from './queue-config.ts'
import type { Answer, Room } from './test-room.ts'
import type { PropertyName } from './test-room-model.ts'

type Naive = (room: Room, redis: RedisClient) => Partial<Room>

/** What a place looks like that `number` was given to instead. */
async function renumber(room: Room, redis: RedisClient, userId: string, answer: Answer, number: () => Promise<number>) {
  if (answer.outcome !== 'waiting') return answer
  const score = await number()
  await redis.client.zadd(queueKey(room.scheduleId), score, userId)
  return { ...answer, ticket: { ...answer.ticket, scoreUs: score } }
}

const isWaiting = async (room: Room, redis: RedisClient, userId: string) =>
  (await redis.client.zscore(queueKey(room.scheduleId), userId)) !== null

const counterKey = (room: Room) => `queue:naive:${room.scheduleId}`

/** For tests: for each promise a waiting room as it is often built, which breaks it. */
export const naiveRooms: Record<PropertyName, { how: string; change: Naive }> = {
  order: {
    how: 'places by the clocks of the services',
    change: (room, redis) => {
      let entries = 0
      return {
        enter: async (service, userId, ticket) => {
          const isKnown = await isWaiting(room, redis, userId)
          const answer = await room.enter(service, userId, ticket)
          if (isKnown) return answer
          entries += 1
          return renumber(room, redis, userId, answer, async () => Date.now() * 1_000 + entries)
        },
      }
    },
  },
  rate: {
    how: 'each loop keeps the rate by itself',
    change: (room, redis) => {
      const paidUntilUs = new Map<number, string>()
      const field = [paceKey(room.scheduleId), 'paidUntilUs'] as const
      return {
        tick: async (service) => {
          await redis.client.hset(field[0], field[1], paidUntilUs.get(service) ?? '0')
          const people = await room.tick(service)
          paidUntilUs.set(service, (await redis.client.hget(...field)) ?? '0')
          return people
        },
      }
    },
  },
  'one place': {
    how: 'entering again is entering anew',
    change: (room, redis) => ({
      enter: async (service, userId, ticket) => {
        await redis.client.zrem(queueKey(room.scheduleId), userId)
        return room.enter(service, userId, ticket)
      },
    }),
  },
  capacity: {
    how: 'looks whether there is room, and then enters',
    change: (room, redis) => ({
      enter: async (service, userId, ticket) => {
        const isKnown = await isWaiting(room, redis, userId)
        if (!isKnown && (await room.lineLength()) >= room.config.capacity) return { outcome: 'full' }
        await writeQueueConfig(redis, room.scheduleId, { capacity: 1_000 })
        return room.enter(service, userId, ticket)
      },
    }),
  },
  'no starvation': {
    how: 'only the first in line may get in, and only if still there',
    change: (room, redis) => ({
      tick: async (service) => {
        const [first] = await redis.client.zrange(queueKey(room.scheduleId), 0, '0')
        if (first !== undefined && (await redis.client.exists(activeKey(first))) === 0) return []
        return room.tick(service)
      },
    }),
  },
  tokens: {
    how: 'tokens are numbered',
    change: (room, redis) => ({
      tick: async (service) => {
        const people = await room.tick(service)
        const last = await redis.client.incrby(counterKey(room), people.length)
        return people.map(({ userId }, index) => ({ userId, token: `qr_${last - index}` }))
      },
      lose: async () => {
        await room.lose()
        await redis.client.del(counterKey(room))
      },
    }),
  },
  loss: {
    how: 'without tickets',
    change: (room) => ({
      enter: (service, userId) => room.enter(service, userId, undefined),
      poll: (service, userId) => room.poll(service, userId, undefined),
    }),
  },
  numbers: {
    how: 'places by a counter in Redis',
    change: (room, redis) => ({
      enter: async (service, userId, ticket) => {
        const isKnown = await isWaiting(room, redis, userId)
        const answer = await room.enter(service, userId, ticket)
        if (isKnown) return answer
        return renumber(room, redis, userId, answer, () => redis.client.incr(counterKey(room)))
      },
      lose: async () => {
        await room.lose()
        await redis.client.del(counterKey(room))
      },
    }),
  },
}
