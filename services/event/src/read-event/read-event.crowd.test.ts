import type { RedisClient } from '@ticket-queue/redis'
import { waitUntil } from '@ticket-queue/testing'
import { describe, expect, it } from 'vitest'
import { withTag } from '../answer-body.ts'
import { eventListTarget, eventTarget, scheduleTarget } from '../cache/cache-keys.ts'
import type { CatalogueCache } from '../cache/catalogue-cache.ts'
import { makeEvent } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const readers = 100

type Ids = { eventId: string; scheduleId: string }
const listFilters = 'status=;city=;from=;to=;q=;sort=newest'
const pages = [
  ['the list', () => '/events?sort=newest', () => eventListTarget(0, 20, listFilters)],
  ['an event', (ids: Ids) => `/events/${ids.eventId}`, (ids: Ids) => eventTarget(ids.eventId)],
  ['its schedules', (ids: Ids) => `/events/${ids.eventId}/schedules`, (ids: Ids) => eventTarget(ids.eventId)],
  ['a schedule', (ids: Ids) => `/events/schedules/${ids.scheduleId}`, (ids: Ids) => scheduleTarget(ids.scheduleId)],
] as const

/** A hundred readers at once, in turn on each of the processes. Gives what they saw and how often the database was asked. */
async function crowd(url: string, processes: ReturnType<typeof service.replica>[]) {
  const answers = await Promise.all(
    Array.from({ length: readers }, (_, index) => processes[index % processes.length]?.call('GET', url)),
  )
  return {
    seen: new Set(answers.map((answer) => `${answer?.status} ${answer?.headers['etag']}`)),
    queries: processes.reduce((sum, { queries }) => sum + queries.length, 0),
  }
}

/** Lets the entry end as its time would, and waits until Redis has dropped it. */
async function expire(redis: RedisClient, key: string): Promise<void> {
  expect(await redis.client.pexpire(key, 1), `${key} was cached`).toBe(1)
  await waitUntil(async () => (await redis.client.exists(key)) === 0)
}

/** Cache-aside as it is usually written: look, else ask the database and store. */
const unprotected = (redis: RedisClient): CatalogueCache => ({
  async read({ key }, build) {
    const known = await redis.client.get(`naive:${key}`)
    const body = known ?? (await build())?.body
    if (body === undefined) return null
    await redis.client.set(`naive:${key}`, body)
    return { ...withTag(body), lifeMs: 1000 }
  },
  invalidate: async () => {},
})

describe('a crowd', () => {
  it.each(pages)('on a cold cache asks the database once for %s, from three processes', async (_what, urlOf) => {
    const url = urlOf(await makeEvent(service))
    const { seen, queries } = await crowd(url, [service.replica(), service.replica(), service.replica()])
    expect([seen.size, queries]).toEqual([1, 1])
    expect([...seen][0]).toMatch(/^200 /)
  })

  it.each(pages)('on an expired cache asks the database once for %s', async (_what, urlOf, targetOf) => {
    const ids = await makeEvent(service)
    await service.replica().call('GET', urlOf(ids))
    await expire(service.redis, targetOf(ids).key)
    const { seen, queries } = await crowd(urlOf(ids), [service.replica(), service.replica(), service.replica()])
    expect([seen.size, queries]).toEqual([1, 1])
  })

  it('would ask again and again without the protection', async () => {
    const { eventId } = await makeEvent(service)
    const { queries } = await crowd(`/events/${eventId}`, [service.replica({ cache: unprotected(service.redis) })])
    expect(queries).toBeGreaterThan(1)
  })
})

describe('an edit of an administrator', () => {
  /** Reads on in another process until a second has gone by since `edit` was answered; gives what it sees from then on. */
  async function seenAfterASecond(eventId: string, edit: () => Promise<unknown>): Promise<string> {
    const reader = service.replica()
    const read = async () => String((await reader.call('GET', `/events/${eventId}`)).body.venue.name)
    await read()
    await edit()
    const answeredAt = performance.now()
    await waitUntil(async () => {
      await read()
      return performance.now() - answeredAt > 1000
    })
    return read()
  }

  it('is seen in another process by everybody who comes a second later', async () => {
    const { eventId, venueId } = await makeEvent(service)
    const edit = () => service.call('PATCH', `/venues/${venueId}`, { as: 'admin', body: { name: 'New name' } })
    expect(await seenAfterASecond(eventId, edit)).toBe('New name')
  })

  it('would not be seen if it dropped nothing', async () => {
    const { eventId, venueId } = await makeEvent(service)
    const edit = () =>
      service.database.db.updateTable('venues').set({ name: 'Unseen' }).where('id', '=', venueId).execute()
    expect(await seenAfterASecond(eventId, edit)).not.toBe('Unseen')
  })
})
