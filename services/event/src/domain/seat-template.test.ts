import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandSeats } from './expand-seats.ts'
import { grades } from './grades.ts'
import { countSeats, gradesOf, hallSeatsMax, seatTemplateSchema } from './seat-template.ts'
import { seatTemplateInputSchema } from './seat-template-input.ts'

const section = { name: 'A', grade: 'VIP', rows: 2, seatsPerRow: 3, position: { x: 5, y: 7 } }
const messages = (input: unknown) => {
  const parsed = seatTemplateInputSchema.safeParse(input)
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

describe('seat template', () => {
  it('numbers seats by section, row and place, with ordinals in that order', () => {
    const template = seatTemplateInputSchema.parse({ sections: [{ ...section, rows: 12, seatsPerRow: 34 }] })
    const seats = expandSeats(template)
    expect(seats).toHaveLength(12 * 34)
    expect(seats.at(-1)).toMatchObject({ seatNumber: 'A-12-034', ordinal: 407, row: '12', x: 38, y: 18 })
    expect(seats[0]).toMatchObject({ seatNumber: 'A-01-001', ordinal: 0, x: 5, y: 7 })
  })

  it('takes a list of rows of different length and centres them', () => {
    const seats = expandSeats(seatTemplateInputSchema.parse([{ ...section, rows: ['가', '나'], seatsPerRow: [2, 4] }]))
    expect(seats.map((seat) => [seat.seatNumber, seat.x])).toEqual([
      ['A-가-001', 6],
      ['A-가-002', 7],
      ['A-나-001', 5],
      ['A-나-002', 6],
      ['A-나-003', 7],
      ['A-나-004', 8],
    ])
  })

  it('takes labels that are printed alike for one, however they are typed', () => {
    const [wide, apart] = ['１', '가'.normalize('NFD')]
    const typed = { ...section, rows: [wide, apart], accessible: [`${wide}-2`], restrictedView: [`${apart}-1`] }
    const seats = expandSeats(seatTemplateInputSchema.parse([typed]))
    expect(seats.map((seat) => seat.seatNumber)).toEqual(
      [1, 2, 3].flatMap((n) => `A-01-00${n}`).concat(['A-가-001', 'A-가-002', 'A-가-003']),
    )
    expect(seats.filter((seat) => seat.accessible || seat.restrictedView).map((seat) => seat.seatNumber)).toEqual([
      'A-01-002',
      'A-가-001',
    ])
    expect(
      messages([
        { ...section, name: '가' },
        { ...section, name: apart, position: { x: 50, y: 7 } },
      ]),
    ).toEqual(['sections: Section 가 is there twice'])
    expect(messages([{ ...section, rows: ['1', wide] }])).toEqual(['sections.0.rows: Row 01 is there twice'])
    const mapping = { rows: ['가'], seatsPerRow: 2, gradeMapping: { [apart]: 'VIP' } }
    expect(messages(mapping)).toEqual([])
  })

  it('turns a section around its first seat', () => {
    const turned = { ...section, position: { x: 5, y: 7, angleDegrees: 90 } }
    const [, second, , fourth] = expandSeats(seatTemplateInputSchema.parse([turned]))
    expect(second).toMatchObject({ x: 5, y: 8 })
    expect(fourth).toMatchObject({ x: 4, y: 7 })
  })

  it('marks seats for wheelchairs and with a restricted view', () => {
    const marked = { ...section, accessible: ['1-1', '2-03'], restrictedView: ['2-3'] }
    const seats = expandSeats(seatTemplateInputSchema.parse([marked]))
    expect(seats.filter((seat) => seat.accessible).map((seat) => seat.seatNumber)).toEqual(['A-01-001', 'A-02-003'])
    expect(seats.filter((seat) => seat.restrictedView).map((seat) => seat.seatNumber)).toEqual(['A-02-003'])
  })

  it('takes both directions of the simple grade mapping', () => {
    const byRow = { rows: ['A', 'B'], seatsPerRow: 2, gradeMapping: { A: 'VIP', B: 'S' } }
    const byGrade = { rows: ['A', 'B'], seatsPerRow: 2, gradeMapping: { VIP: ['A'], S: ['B'] } }
    const numbered = { rows: 2, seatsPerRow: 2, gradeMapping: { VIP: [1], S: [2] } }
    const grade = (input: unknown) => expandSeats(seatTemplateInputSchema.parse(input)).map((seat) => seat.grade)
    expect(grade(byRow)).toEqual(['VIP', 'VIP', 'S', 'S'])
    expect(grade(byGrade)).toEqual(['VIP', 'VIP', 'S', 'S'])
    expect(grade(numbered)).toEqual(['VIP', 'VIP', 'S', 'S'])
  })

  it('refuses what cannot become distinct seats', () => {
    expect(messages({ sections: [section, section] })).toEqual(['sections: Section A is there twice'])
    expect(messages([{ ...section, rows: ['1', '01'] }])).toEqual(['sections.0.rows: Row 01 is there twice'])
    expect(messages([{ ...section, rows: 3, seatsPerRow: [1, 2] }])).toEqual([
      'sections.0.seatsPerRow: Expected one number for each of 3 rows',
    ])
    expect(messages([{ ...section, accessible: ['3-1'] }])).toEqual(['sections.0.accessible: There is no seat 3-1'])
    expect(messages({ rows: ['A', 'B'], seatsPerRow: 2, gradeMapping: { A: 'VIP', C: 'S' } })).toEqual([
      'gradeMapping: Row B has no grade',
      'gradeMapping: There is no row C',
    ])
    expect(messages([{ ...section, grade: 'GOLD' }])).not.toEqual([])
    expect(messages([{ ...section, rows: 0 }])).not.toEqual([])
  })

  it('refuses more seats than a hall may have without making them', () => {
    const huge = Array.from({ length: 3 }, (_, index) => ({
      ...section,
      name: `S${index}`,
      rows: 100,
      seatsPerRow: 200,
    }))
    expect(messages(huge)).toEqual([`: 60000 seats are more than ${hallSeatsMax}`])
  })

  it('gives distinct seat numbers, ordinals 0…n-1 and the same seats again from what is stored', () => {
    const label = fc.stringMatching(/^[A-Z가-힣0-9]{1,4}$/)
    const sections = fc.uniqueArray(
      fc.record({
        name: label,
        grade: fc.constantFrom(...grades),
        rows: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.uniqueArray(label, { minLength: 1, maxLength: 6 })),
        seatsPerRow: fc.integer({ min: 1, max: 12 }),
      }),
      { minLength: 1, maxLength: 5, selector: (each) => each.name },
    )
    fc.assert(
      fc.property(sections, (input) => {
        const parsed = seatTemplateInputSchema.safeParse({ sections: input })
        // Labels such as 1 and 01 are printed alike, which is refused.
        if (!parsed.success) return
        const template = parsed.data
        const seats = expandSeats(template)
        expect(seats).toHaveLength(countSeats(template))
        expect(new Set(seats.map((seat) => seat.seatNumber)).size).toBe(seats.length)
        expect(seats.map((seat) => seat.ordinal)).toEqual(seats.map((_, index) => index))
        expect(gradesOf(template)).toEqual(new Set(seats.map((seat) => seat.grade)))
        expect(expandSeats(seatTemplateSchema.parse(JSON.parse(JSON.stringify(template))))).toEqual(seats)
      }),
    )
  })
})
