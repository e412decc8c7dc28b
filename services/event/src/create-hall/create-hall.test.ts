import { describe, expect, it } from 'vitest'
import { makeHall, smallTemplate } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'

const service = await testEventService()
const { venueId } = await makeHall(service)
const post = (body: object, venue = venueId) => service.call('POST', `/venues/${venue}/halls`, { as: 'admin', body })

describe('POST /venues/{id}/halls', () => {
  it('stores the template with every row spelled out', async () => {
    const created = await post({ name: 'Arena', capacity: 10, seatTemplate: smallTemplate })
    expect(created.status).toBe(201)
    expect(created.body.seatTemplate.sections[1]).toEqual({
      name: 'B',
      position: { x: 0, y: 10, angleDegrees: 0 },
      curve: null,
      rowSpacing: 1,
      rows: [
        { label: '1', grade: 'S', seats: 2 },
        { label: '2', grade: 'S', seats: 2 },
      ],
      aisles: [],
      accessible: [],
      companions: [],
      restrictedView: [],
    })
    const read = await service.call('GET', `/venues/${venueId}`)
    expect(read.body.halls).toContainEqual({
      id: created.body.id,
      name: 'Arena',
      capacity: 10,
      seatTemplate: created.body.seatTemplate,
      version: 1,
    })
  })

  it('takes the simple form with a grade for each row', async () => {
    const seatTemplate = { rows: ['A', 'B'], seatsPerRow: 20, gradeMapping: { A: 'VIP', B: 'S' } }
    const created = await post({ name: 'Simple', capacity: 40, seatTemplate })
    expect(created.status).toBe(201)
    expect(created.body.seatTemplate.sections).toHaveLength(1)
  })

  it('refuses a capacity that is not the number of seats', async () => {
    const refused = await post({ name: 'Wrong', capacity: 11, seatTemplate: smallTemplate })
    expect(refused.status).toBe(400)
    expect(refused.body.errors).toEqual([
      { path: 'capacity', code: 'CAPACITY_MISMATCH', message: 'The template has 10 seats' },
    ])
  })

  it('refuses a second hall of the same name, also when both are sent at once', async () => {
    const body = { name: 'Twin', capacity: 10, seatTemplate: smallTemplate }
    const answers = await Promise.all([post(body), post(body), post(body)])
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409])
    expect(answers.find((answer) => answer.status === 409)?.body.code).toBe('HALL_NAME_TAKEN')
  })

  it('refuses an unknown venue, a broken template and everybody but administrators', async () => {
    const body = { name: 'Lost', capacity: 10, seatTemplate: smallTemplate }
    const unknown = await post(body, '01890000-0000-7000-8000-000000000000')
    expect([unknown.status, unknown.body.code]).toEqual([404, 'VENUE_NOT_FOUND'])
    const broken = await post({ ...body, seatTemplate: { sections: [] } })
    expect([broken.status, broken.body.code]).toEqual([400, 'VALIDATION_FAILED'])
    const user = await service.call('POST', `/venues/${venueId}/halls`, { as: 'user', body })
    expect(user.status).toBe(403)
  })
})
