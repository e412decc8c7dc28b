import { testRedis, waitUntil } from '@ticket-queue/testing'
import { beforeEach, expect, test } from 'vitest'
import { testStreams } from './test-streams.ts'

const redis = testRedis()
const { open, crowd, figure } = testStreams(redis)
let commands: string[] = []
const send = redis.client.sendCommand.bind(redis.client)
redis.client.sendCommand = (command, stream) => {
  commands.push(command.name)
  return send(command, stream)
}
beforeEach(() => {
  commands = []
})

const rounds = () => figure('queue_stream_round_seconds_count')

/** Commands of `count` rounds in which nothing happens. */
async function commandsOf(count: number): Promise<string[]> {
  const from = await rounds()
  await waitUntil(async () => (await rounds()) > from)
  const begun = await rounds()
  commands = []
  await waitUntil(async () => (await rounds()) >= begun + count)
  return [...commands]
}

test('a round costs one look at the line and one at the schedule for 150 streams as for one', async () => {
  const { scheduleId, userIds } = await crowd(150)
  await (await open(scheduleId, userIds[149])).next('position')
  const forOne = await commandsOf(10)
  const sources = await Promise.all(userIds.slice(0, 149).map((userId) => open(scheduleId, userId)))
  for (const source of sources) await source.next('position')
  const forAll = await commandsOf(10)
  for (const found of [forOne, forAll]) {
    const looks = found.filter((name) => name === 'evalsha' || name === 'zrange')
    expect(looks.length).toBeGreaterThanOrEqual(10)
    expect(looks.length).toBeLessThanOrEqual(12)
    expect(found.length).toBeLessThanOrEqual(3 * 12)
  }
})
