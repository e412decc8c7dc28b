import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawSeats } from './draw-template.ts'
import { expandSeats } from './expand-seats.ts'
import { overlappingSeats } from './overlapping-seats.ts'
import { seatTemplateSchema } from './seat-template.ts'
import { seatTemplateInputSchema } from './seat-template-input.ts'

const seatsOf = (section: object) =>
  expandSeats(seatTemplateInputSchema.parse([{ name: 'A', grade: 'VIP', ...section }]))
const messages = (section: object) => {
  const parsed = seatTemplateInputSchema.safeParse([{ name: 'A', grade: 'VIP', rows: 2, seatsPerRow: 6, ...section }])
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}
const distance = (one: { x: number; y: number }, other: { x: number; y: number }) =>
  Math.hypot(one.x - other.x, one.y - other.y)

describe('curved sections', () => {
  it('lay each row on an arc around the position, a seat apart, in the middle of its direction', () => {
    const position = { x: 10, y: 20 }
    const seats = seatsOf({ rows: 3, seatsPerRow: 9, position, curve: { radius: 30 }, rowSpacing: 2 })
    for (const seat of seats) expect(distance(seat, position)).toBeCloseTo(30 + 2 * (Number(seat.row) - 1), 1)
    expect(seats[4]).toMatchObject({ x: 10, y: 50 })
    expect(distance(seats[0] as never, seats[1] as never)).toBeCloseTo(1, 1)
    expect(seats[0]?.x).toBeLessThan(10)
  })

  it('turn around the position: a quarter clockwise lies to the left of the stage', () => {
    const [seat] = seatsOf({
      rows: 1,
      seatsPerRow: 1,
      position: { x: 0, y: 0, angleDegrees: 90 },
      curve: { radius: 30 },
    })
    expect(seat).toMatchObject({ x: -30, y: 0 })
  })

  it('fill the arc they are given in every row, half a seat from its ends', () => {
    const seats = seatsOf({
      rows: 2,
      seatsPerRow: [10, 20],
      position: { x: 0, y: 0 },
      curve: { radius: 30, arcDegrees: 60 },
    })
    const degrees = (seat: { x: number; y: number } | undefined) =>
      (Math.atan2(seat?.x ?? 0, seat?.y ?? 0) * 180) / Math.PI
    expect(degrees(seats[0])).toBeCloseTo(-27, 0)
    expect(degrees(seats[9])).toBeCloseTo(27, 0)
    expect(degrees(seats[10])).toBeCloseTo(-28.5, 0)
    expect(degrees(seats[29])).toBeCloseTo(28.5, 0)
  })
})

describe('rows', () => {
  it('have a gap of a seat after an aisle', () => {
    expect(seatsOf({ rows: 1, seatsPerRow: 4, aisles: [2] }).map((seat) => seat.x)).toEqual([0, 1, 3, 4])
  })

  it('have a grade each if told so', () => {
    expect(seatsOf({ rows: 2, seatsPerRow: 1, grade: ['S', 'B'] }).map((seat) => seat.grade)).toEqual(['S', 'B'])
    expect(messages({ grade: ['S'] })).toEqual(
      ['0.grade: Expected one grade for each of 2 rows'].map((text) => `sections.${text}`),
    )
  })
})

describe('companion seats', () => {
  it('belong to the accessible seat beside them', () => {
    const seats = seatsOf({ rows: 2, seatsPerRow: 5, accessible: ['2-1', '2-5'], companions: ['2-2', '2-04'] })
    expect(seats.filter((seat) => seat.companionOf !== null).map((seat) => [seat.ordinal, seat.companionOf])).toEqual([
      [6, 5],
      [8, 9],
    ])
  })

  it('are refused where there is no accessible seat beside, or only across an aisle or in another row', () => {
    const refusal = (seat: string) => [`sections.0.companions: Seat ${seat} is not beside an accessible seat`]
    expect(messages({ companions: ['1-2'] })).toEqual(refusal('1-2'))
    expect(messages({ accessible: ['1-1'], companions: ['1-3'] })).toEqual(refusal('1-3'))
    expect(messages({ accessible: ['1-1'], companions: ['2-1'] })).toEqual(refusal('2-1'))
    expect(messages({ accessible: ['1-1'], companions: ['1-2'], aisles: [1] })).toEqual(refusal('1-2'))
    expect(messages({ accessible: ['1-3'], companions: ['1-2'], aisles: [2] })).toEqual(refusal('1-2'))
    expect(messages({ accessible: ['1-1', '1-2'], companions: ['1-02'] })).toEqual([
      'sections.0.companions: Seat 1-02 is accessible itself',
    ])
    expect(messages({ accessible: ['1-6'], companions: ['1-7'] })).toContain(
      'sections.0.companions: There is no seat 1-7',
    )
  })
})

describe('overlapping seats', () => {
  it('are found, named and limited in number', () => {
    const twice = seatTemplateInputSchema.parse(
      ['A', 'B'].map((name) => ({ name, grade: 'VIP', rows: 2, seatsPerRow: 3, position: { x: 0, y: 0 } })),
    )
    expect(overlappingSeats(expandSeats(twice), 100)).toHaveLength(6)
    expect(overlappingSeats(expandSeats(twice), 2)).toEqual([
      ['A-01-001', 'B-01-001'],
      ['A-01-002', 'B-01-002'],
    ])
  })

  it('are exactly those that comparing every two seats finds', () => {
    const at = fc.record({
      x: fc.double({ min: -3, max: 3, noNaN: true }),
      y: fc.double({ min: -3, max: 3, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(at, { minLength: 2, maxLength: 30 }), (points) => {
        const seats = points.map((point, index) => ({ ...point, seatNumber: String(index) })) as never
        const every = points.flatMap((one, index) =>
          points.slice(0, index).flatMap((other, before) => (distance(one, other) < 0.5 ? [`${before} ${index}`] : [])),
        )
        expect(
          overlappingSeats(seats, 1000)
            .map((pair) => pair.join(' '))
            .sort(),
        ).toEqual(every.sort())
      }),
    )
  })
})

describe('any template', () => {
  const section = fc.record({
    name: fc.stringMatching(/^[A-Z]{1,3}$/),
    grade: fc.constantFrom('VIP', 'S', 'A', 'B'),
    rows: fc.integer({ min: 1, max: 8 }),
    seatsPerRow: fc.integer({ min: 2, max: 20 }),
    position: fc.record({
      x: fc.integer({ min: -99, max: 99 }),
      y: fc.integer({ min: -99, max: 99 }),
      angleDegrees: fc.integer({ min: -180, max: 180 }),
    }),
    curve: fc.option(
      fc.record({ radius: fc.integer({ min: 10, max: 90 }), arcDegrees: fc.option(fc.integer({ min: 10, max: 120 })) }),
    ),
    rowSpacing: fc.double({ min: 0.6, max: 3, noNaN: true }),
    aisles: fc.uniqueArray(fc.integer({ min: 1, max: 19 }), { maxLength: 3 }),
    accessible: fc.constantFrom([], ['1-1']),
  })
  const templates = fc.uniqueArray(section, { minLength: 1, maxLength: 5, selector: (each) => each.name })

  it('gives unique numbers and ordinals, seats near their section, companions beside, and the same from what is stored', () => {
    fc.assert(
      fc.property(templates, (sections) => {
        const withCompanions = sections.map((each) =>
          each.accessible.length > 0 && !each.aisles.includes(1) ? { ...each, companions: ['1-2'] } : each,
        )
        const template = seatTemplateInputSchema.parse({ sections: withCompanions })
        const seats = expandSeats(template)
        expect(new Set(seats.map((seat) => seat.seatNumber)).size).toBe(seats.length)
        expect(seats.map((seat) => seat.ordinal)).toEqual(seats.map((_, index) => index))
        const reach = new Map(
          template.sections.map(({ name, position, curve, rows, aisles, rowSpacing }) => {
            const widest = Math.max(...rows.map((row) => row.seats)) + aisles.length
            return [name, { position, units: (curve?.radius ?? widest) + rows.length * rowSpacing + 1 }] as const
          }),
        )
        for (const seat of seats) {
          const { position, units } = reach.get(seat.section) ?? { position: { x: 0, y: 0 }, units: 0 }
          expect(distance(seat, position)).toBeLessThanOrEqual(units)
          if (seat.companionOf === null) continue
          const beside = seats[seat.companionOf]
          expect(beside).toMatchObject({ accessible: true, section: seat.section, row: seat.row })
          expect(Math.abs((beside?.ordinal ?? -9) - seat.ordinal)).toBe(1)
        }
        expect(expandSeats(seatTemplateSchema.parse(JSON.parse(JSON.stringify(template))))).toEqual(seats)
        expect(drawSeats(seats).match(/h0/g)).toHaveLength(seats.length)
      }),
    )
  })
})
