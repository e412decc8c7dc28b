import { describe, expect, it } from 'vitest'
import { makeEvent } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()

describe('a crowd on a cold cache', () => {
  it.each([
    ['the list', () => '/events?sort=newest'],
    ['an event', (ids: { eventId: string }) => `/events/${ids.eventId}`],
    ['its schedules', (ids: { eventId: string }) => `/events/${ids.eventId}/schedules`],
    ['a schedule', (ids: { scheduleId: string }) => `/events/schedules/${ids.scheduleId}`],
  ])('asks the database once for %s, from two processes', async (_what, urlOf) => {
    const url = urlOf(await makeEvent(service))
    const processes = [service.replica(), service.replica()] as const
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => processes[index % 2 === 0 ? 0 : 1].call('GET', url)),
    )
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.headers['etag']}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(200)
    expect(processes[0].queries.length + processes[1].queries.length).toBe(1)
  })
})
