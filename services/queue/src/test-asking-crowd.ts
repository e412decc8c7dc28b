import { logKey, pollsKey, queueKey } from '@ticket-queue/lua/queue'
import { testTime } from '@ticket-queue/lua/queue/test-time'
import type { RedisClient } from '@ticket-queue/redis'
import { waitUntil } from '@ticket-queue/testing'
import { placeSchema } from './domain/place.ts'
import type { TestService } from './test-queue-service.ts'

/** For tests: people in one queue of a service, each of whom asks over HTTP exactly as told, in a time that is not waited for. */
export interface AskingCrowd {
  /** Each enters once. */
  enter(userIds: readonly string[]): Promise<void>
  /** Lets time go by in steps of 250 ms, each with the polls that are due and a `tick`. */
  run(ms: number): Promise<void>
  /** Everybody who has been let in, in order, as far as Redis remembers. */
  admitted(): Promise<string[]>
  /** Who has been let in, and then who waits. */
  order(): Promise<string[]>
}

/** The clock of a crowd, for what measures time in the service. */
export interface CrowdClock {
  ms: number
}

interface Person {
  ticket: string | undefined
  nextMs: number
}

const stepMs = 250
const retryMs = 1_000

export async function askingCrowd(
  redis: RedisClient,
  service: TestService,
  scheduleId: string,
  { clock, tick }: { readonly clock: CrowdClock; tick(): Promise<unknown> },
): Promise<AskingCrowd> {
  const time = await testTime(redis, scheduleId)
  const people = new Map<string, Person>()
  const call = async (userId: string, ...request: Parameters<ReturnType<TestService['as']>>) => {
    let answer = await service.as(userId)(...request)
    // A machine that is busy with other things makes nobody late: the clock stands still.
    const isHeard = () => !answer.body.includes('OVERLOADED')
    const again = async () => {
      if (!isHeard()) answer = await service.as(userId)(...request)
      return isHeard()
    }
    await waitUntil(again, { timeoutMs: 60_000 })
    return answer
  }
  const take = (userId: string, answer: { statusCode: number; body: string }) => {
    const before = people.get(userId)?.ticket
    if (answer.statusCode !== 200) {
      people.set(userId, { ticket: before, nextMs: clock.ms + retryMs })
      return
    }
    const { status, ticket, pollAfterMs } = placeSchema.parse(JSON.parse(answer.body))
    if (status === 'ACTIVE') people.delete(userId)
    else people.set(userId, { ticket: ticket ?? before, nextMs: clock.ms + pollAfterMs })
  }
  const enter = async (userId: string) => {
    const ticket = people.get(userId)?.ticket
    const body = ticket === undefined ? { scheduleId } : { scheduleId, ticket }
    take(userId, await call(userId, 'POST', '/queue/enter', body))
  }
  const ask = async (userId: string, { ticket }: Person) => {
    // At the advised time, which is brought here.
    await redis.client.hset(pollsKey(userId), { nextMs: 1 })
    const proof = ticket === undefined ? '' : `&ticket=${ticket}`
    const answer = await call(userId, 'GET', `/queue/status?scheduleId=${scheduleId}${proof}`)
    if (answer.statusCode === 404) await enter(userId)
    else take(userId, answer)
  }
  const admitted = async () => {
    const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
    return entries.flatMap(([, [, kind, , users = '']]) => (kind === 'admitted' ? users.split(',') : []))
  }
  return {
    enter: async (userIds) => {
      for (const userId of userIds) await enter(userId)
    },
    run: async (ms) => {
      for (const untilMs = clock.ms + ms; clock.ms < untilMs; ) {
        clock.ms += stepMs
        await time.set(clock.ms)
        const due = [...people].filter(([, { nextMs }]) => nextMs <= clock.ms)
        await Promise.all(due.map(([userId, person]) => ask(userId, person)))
        await time.set(clock.ms)
        await tick()
      }
    },
    admitted,
    order: async () => [...(await admitted()), ...(await redis.client.zrange(queueKey(scheduleId), 0, '-1'))],
  }
}
