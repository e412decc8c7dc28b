import { describe, expect, it } from 'vitest'
import { makeEvent, makeHall, seatsOf, smallTemplate } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const { venueId } = await makeHall(service)
const preview = (seatTemplate: unknown, query = '', as: 'admin' | 'user' = 'admin', venue = venueId) =>
  service.call('POST', `/venues/${venue}/halls/preview${query}`, { as, body: { seatTemplate } })
const curved = {
  sections: [
    {
      name: 'A',
      grade: ['VIP', 'S'],
      rows: 2,
      seatsPerRow: 5,
      position: { x: 0, y: 0 },
      curve: { radius: 20 },
      aisles: [3],
      accessible: ['2-1'],
      companions: ['2-2'],
      restrictedView: ['1-5'],
    },
  ],
}
const overlapping = {
  sections: ['A', 'B'].map((name) => ({ name, grade: 'S', rows: 1, seatsPerRow: 2, position: { x: 0, y: 0 } })),
}

describe('POST /venues/{id}/halls/preview', () => {
  it('tells what a template gives, and stores nothing', async () => {
    const shown = await preview(curved)
    expect(shown.body).toEqual({
      seats: 10,
      byGrade: { VIP: 5, S: 5 },
      bySection: [{ section: 'A', rows: 2, seats: 10, byGrade: { VIP: 5, S: 5 } }],
      accessible: 1,
      companions: 1,
      restrictedView: 1,
      bounds: {
        minX: expect.closeTo(-2.5, 1),
        minY: expect.closeTo(19.8, 1),
        maxX: expect.closeTo(2.5, 1),
        maxY: expect.closeTo(21, 1),
      },
      problems: [],
    })
    expect((await service.call('GET', `/venues/${venueId}`)).body.halls).toHaveLength(1)
  })

  it('draws it', async () => {
    const answer = await service.app.inject({
      method: 'POST',
      url: `/venues/${venueId}/halls/preview?format=svg`,
      headers: {
        'x-service-api-key': '6f0f1f0e-8f57-4d7f-9a39-0f6f4b7a1c01',
        'x-user-id': venueId,
        'x-user-role': 'ADMIN',
      },
      payload: { seatTemplate: curved },
    })
    expect(answer.headers['content-type']).toBe('image/svg+xml; charset=utf-8')
    expect(answer.body).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="[-0-9. ]+"/)
    expect(answer.body.match(/h0/g)).toHaveLength(10)
  })

  it('names seats that lie over one another; a hall with such a template is refused', async () => {
    const message = 'Seats A-01-001 and B-01-001 lie over one another'
    const shown = await preview(overlapping)
    expect(shown.body.problems[0]).toEqual({ code: 'SEATS_OVERLAP', message, seats: ['A-01-001', 'B-01-001'] })
    const body = { name: 'Bad', capacity: 4, seatTemplate: overlapping }
    const refused = await service.call('POST', `/venues/${venueId}/halls`, { as: 'admin', body })
    expect([refused.status, refused.body.errors[0]]).toMatchObject([400, { path: 'seatTemplate.sections', message }])
  })

  it('refuses broken templates, unknown venues, and everybody but administrators', async () => {
    for (const broken of [{}, { sections: [] }, { sections: [{ ...curved.sections[0], companions: ['1-1'] }] }]) {
      expect((await preview(broken)).body.code).toBe('VALIDATION_FAILED')
    }
    const unknown = await preview(curved, '', 'admin', '01890000-0000-7000-8000-000000000000')
    expect(unknown.body.code).toBe('VENUE_NOT_FOUND')
    expect((await preview(curved, '?format=png')).status).toBe(400)
    expect((await preview(smallTemplate, '', 'user')).status).toBe(403)
  })
})

describe('a schedule in such a hall', () => {
  it('has its seats on the arc, with companions beside accessible seats', async () => {
    const place = await makeHall(service, curved)
    const { scheduleId } = await makeEvent(service, { place })
    const seats = await seatsOf(service, scheduleId)
    expect(seats.filter((seat) => seat.accessible).map((seat) => seat.ordinal)).toEqual([5])
    expect(seats.map((seat) => seat.companion_of)).toEqual([null, null, null, null, null, null, 5, null, null, null])
    for (const seat of seats) expect(Math.hypot(seat.x, seat.y)).toBeCloseTo(seat.row_label === '1' ? 20 : 21, 1)
  })
})
