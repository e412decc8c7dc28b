import type { Deps } from '../dependencies.ts'
import { type Bounds, boundsOf, drawSeats } from '../domain/draw-template.ts'
import { expandSeats } from '../domain/expand-seats.ts'
import { type Grade, grades } from '../domain/grades.ts'
import { overlappingSeats } from '../domain/overlapping-seats.ts'
import type { SeatTemplate } from '../domain/seat-template.ts'

/** The most overlaps that are named: one is enough to refuse a template, some help to see what is wrong. */
const namedOverlapsMax = 50

export type HallPreview = {
  seats: number
  byGrade: Partial<Record<Grade, number>>
  bySection: { section: string; rows: number; seats: number; byGrade: Partial<Record<Grade, number>> }[]
  accessible: number
  companions: number
  restrictedView: number
  bounds: Bounds
  problems: { code: 'SEATS_OVERLAP'; message: string; seats: string[] }[]
}

/**
 * Shows what a hall of this template would be, in numbers and as SVG (EVT-013); nothing is stored. `problems` must be mended
 * before a hall takes the template. Gives null if there is no such venue.
 */
export async function previewHall(
  { db }: Pick<Deps, 'db'>,
  venueId: string,
  template: SeatTemplate,
): Promise<{ preview: HallPreview; svg: () => string } | null> {
  const venue = await db
    .selectFrom('venues')
    .select('id')
    .where('id', '=', venueId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (venue === undefined) return null
  const seats = expandSeats(template)
  const count = (members: readonly { grade: Grade }[]) =>
    Object.fromEntries(
      grades
        .map((grade) => [grade, members.filter((seat) => seat.grade === grade).length] as const)
        .filter(([, number]) => number > 0),
    )
  const sections = Map.groupBy(seats, (seat) => seat.section)
  const preview: HallPreview = {
    seats: seats.length,
    byGrade: count(seats),
    bySection: template.sections.map(({ name, rows }) => {
      const members = sections.get(name) ?? []
      return { section: name, rows: rows.length, seats: members.length, byGrade: count(members) }
    }),
    accessible: seats.filter((seat) => seat.accessible).length,
    companions: seats.filter((seat) => seat.companionOf !== null).length,
    restrictedView: seats.filter((seat) => seat.restrictedView).length,
    bounds: boundsOf(seats),
    problems: overlappingSeats(seats, namedOverlapsMax).map((pair) => ({
      code: 'SEATS_OVERLAP',
      message: `Seats ${pair.join(' and ')} lie over one another`,
      seats: pair,
    })),
  }
  return { preview, svg: () => drawSeats(seats) }
}
