import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import { admitBatch } from './admit-batch.ts'
import type { PollAnswer } from './answer-polls.ts'
import { enterQueue } from './enter-queue.ts'
import { gatherPolls } from './gather-polls.ts'
import { pollsKey } from './keys.ts'
import type { TicketFacts } from './place-request.ts'
import { writeQueueConfig } from './queue-config.ts'
import { ticketOf } from './test-loss.ts'
import { testTime } from './test-time.ts'

/** For tests: a crowd of people in one queue, each of whom asks exactly as told, in a time that is not waited for. */
export interface Crowd {
  readonly scheduleId: string
  /** In the order in which they came first. */
  readonly userIds: readonly string[]
  readonly admitted: { userId: string; atMs: number }[]
  nowMs(): number
  polls(): number
  /** Lets time go by in steps of 250 ms, each with the polls that are due and a tick of one service. */
  run(untilMs: number): Promise<void>
  /** Forgets every ticket from now on. */
  loseTickets(): void
  join(userIds: readonly string[]): Promise<void>
}

const stepMs = 250
/** So many at a time that the last of them is answered in time on a busy machine. */
const comersAtOnce = 1_000

/** Lets `count` people come one after another. */
export async function gather(redis: RedisClient, count: number, perSecond: number): Promise<Crowd> {
  const scheduleId = randomUUID()
  const userIds = Array.from({ length: count }, () => randomUUID())
  const people = new Map<string, { ticket: TicketFacts | undefined; nextMs: number }>()
  const admitted: { userId: string; atMs: number }[] = []
  let [clockMs, polls, knownUs, hasTickets] = [0, 0, 0, true]
  const answerPoll = gatherPolls(redis)
  const time = await testTime(redis, scheduleId)
  await writeQueueConfig(redis, scheduleId, { batchSize: perSecond })

  const enter = async (userId: string, ticket?: TicketFacts) =>
    take(userId, await enterQueue(redis, { scheduleId, userId, perSecond, ticket }))
  const take = (userId: string, reply: Awaited<ReturnType<typeof enterQueue>> | PollAnswer) => {
    if (reply.outcome === 'waiting') {
      const ticket = hasTickets ? ticketOf(reply) : undefined
      people.set(userId, { ticket, nextMs: clockMs + reply.pollAfterMs })
    } else if (reply.outcome === 'active') people.delete(userId)
    else return false
    return true
  }
  const poll = async (userId: string, ticket: TicketFacts | undefined) => {
    polls += 1
    await redis.client.hset(pollsKey(userId), { nextMs: 1 })
    const reply = await answerPoll({ scheduleId, userId, perSecond, ticket, pollsPerMinute: 15 })
    if (!take(userId, reply)) await enter(userId, ticket)
  }
  const step = async () => {
    clockMs += stepMs
    await time.set(clockMs)
    const due = [...people].filter(([, { nextMs }]) => nextMs <= clockMs)
    await Promise.all(due.map(([userId, { ticket }]) => poll(userId, hasTickets ? ticket : undefined)))
    await time.set(clockMs)
    const batch = await admitBatch(redis, scheduleId, { knownUs })
    knownUs = batch.lastUs
    for (const { userId } of batch.admitted) admitted.push({ userId, atMs: clockMs })
  }
  const join = async (newcomers: readonly string[]) => {
    await time.set(clockMs)
    for (let from = 0; from < newcomers.length; from += comersAtOnce) {
      await Promise.all(newcomers.slice(from, from + comersAtOnce).map((one) => enter(one)))
    }
  }
  await join(userIds)
  return {
    scheduleId,
    userIds,
    admitted,
    nowMs: () => clockMs,
    polls: () => polls,
    run: async (untilMs) => {
      while (clockMs < untilMs) await step()
    },
    loseTickets: () => {
      hasTickets = false
    },
    join,
  }
}
