import { type Listening, listen } from '@ticket-queue/service-kit'
import { testDatabase, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../store/database.ts'
import { type TestDraws, testBeacon, testDraws } from '../test-draws.ts'
import { openEventSource } from './test-event-source.ts'

const redis = testRedis()
const { database } = await testDatabase<Database>('queue')
let draws: TestDraws
let server: Listening
beforeAll(async () => {
  draws = await testDraws(redis, database)
  server = await listen(draws.service.app, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close()
  await draws.close()
})

test('a stream tells each step of a draw, a rank from the drawn order on, and in the end the token', async () => {
  const scheduleId = await draws.commit({ beacon: testBeacon })
  const people = await draws.crowd(scheduleId, 9)
  const userId = people[3]?.userId ?? ''
  const source = await openEventSource(server.address, `/queue/stream?scheduleId=${scheduleId}`, userId)
  const last = () => source.events.at(-1)?.data
  await waitUntil(() => last() !== undefined)
  expect(last()).toMatchObject({ rank: null, aheadOfYou: null, draw: { index: null } })

  await draws.conduct()
  await waitUntil(() => last()?.draw?.index === 3)
  expect(last()).toMatchObject({ rank: null, aheadOfYou: null, draw: { phase: 'DRAWING', position: null } })

  const url = `/queue/admin/schedules/${scheduleId}/draw/beacon`
  expect((await draws.admin('POST', url, { value: 'ab'.repeat(32) })).statusCode).toBe(200)
  await draws.conduct()
  const order = await draws.drawnOrder(
    scheduleId,
    people.map((person) => person.userId),
  )
  const position = order.indexOf(userId)
  await waitUntil(() => last()?.draw?.phase === 'DRAWN')
  expect(last()).toMatchObject({ rank: position + 1, aheadOfYou: position, draw: { index: 3, position } })

  await draws.admit()
  await waitUntil(() => source.events.at(-1)?.event === 'admitted')
  expect(last()?.token).toMatch(/^qr_/)
  source.close()
})
