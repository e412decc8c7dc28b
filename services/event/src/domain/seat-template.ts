import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { z } from 'zod'
import type { Grade } from './grades.ts'

/** Limit of one hall (EVT-013). */
export const hallSeatsMax = 50_000

const positionSchema = z.object({ x: z.number(), y: z.number(), angleDegrees: z.number() })

/** A hall's seats as they are stored: every row spelled out, so that expanding it needs no rule that could change. */
export const seatTemplateSchema = z.object({
  sections: z.array(
    z.object({
      name: z.string(),
      /** The first seat of a straight section, the centre of the arcs of a curved one; one unit is the width of a seat. */
      position: positionSchema,
      /** Rows lie on arcs around the position: the first at `radius`; `arcDegrees`: every row fills this angle. */
      curve: z.object({ radius: z.number(), arcDegrees: z.number().nullable() }).nullable().default(null),
      rowSpacing: z.number().default(1),
      rows: z.array(z.object({ label: z.string(), grade: gradeSchema, seats: z.int() })),
      /** Seat numbers after which a row has a gap of one seat. */
      aisles: z.array(z.int()).default([]),
      accessible: z.array(z.string()),
      /** Seats for who accompanies somebody in the accessible seat beside. */
      companions: z.array(z.string()).default([]),
      restrictedView: z.array(z.string()),
    }),
  ),
})

export type SeatTemplate = z.output<typeof seatTemplateSchema>
export type Section = SeatTemplate['sections'][number]

/** How many seats a template has, without making them. */
export const countSeats = (template: SeatTemplate): number =>
  template.sections.flatMap((section) => section.rows).reduce((sum, row) => sum + row.seats, 0)

/** The grades a template uses: each needs a price. */
export const gradesOf = (template: SeatTemplate): Set<Grade> =>
  new Set(template.sections.flatMap((section) => section.rows.map((row) => row.grade)))

/** A row as seat numbers show it: 1 and 01 are the same row. */
export const printedRow = (label: string): string => (/^[0-9]+$/.test(label) ? label.padStart(2, '0') : label)

/** A seat inside a section (`12-034`) taken apart. */
export const seatPlace = (seat: string): { row: string; number: number } => {
  const [row = '', number = ''] = seat.split('-')
  return { row, number: Number(number) }
}

/** Gives the number of the accessible seat beside a companion seat of the same row, or null: no aisle lies between the two. */
export function accessibleBeside(section: Section, companion: { row: string; number: number }): number | null {
  const accessible = new Set(
    section.accessible
      .map(seatPlace)
      .filter((seat) => seat.row === companion.row)
      .map((seat) => seat.number),
  )
  const { number } = companion
  if (accessible.has(number - 1) && !section.aisles.includes(number - 1)) return number - 1
  return accessible.has(number + 1) && !section.aisles.includes(number) ? number + 1 : null
}
