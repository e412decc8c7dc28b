import type { Grade } from './grades.ts'
import { printedRow, type SeatTemplate } from './seat-template.ts'

/** One seat as a schedule gets it. `ordinal` numbers the seats 0…n-1 in template order, for good. */
export type ExpandedSeat = {
  ordinal: number
  section: string
  row: string
  seatNumber: string
  grade: Grade
  x: number
  y: number
  accessible: boolean
  restrictedView: boolean
}

type Section = SeatTemplate['sections'][number]

/**
 * Gives the seats of a hall (EVT-018): the same template gives the same seats, ordinals and numbers (`A-12-034`) each time.
 * Rows of one section are centred on its longest row, then turned around the section's first seat.
 */
export function expandSeats(template: SeatTemplate): ExpandedSeat[] {
  const seats = template.sections.flatMap(seatsOfSection)
  return seats.map((seat, ordinal) => ({ ordinal, ...seat }))
}

function seatsOfSection(section: Section): Omit<ExpandedSeat, 'ordinal'>[] {
  const place = placer(section)
  const accessible = new Set(section.accessible.map(plainSeat))
  const restricted = new Set(section.restrictedView.map(plainSeat))
  return section.rows.flatMap((row, rowIndex) =>
    Array.from({ length: row.seats }, (_, index) => {
      const key = `${row.label}-${index + 1}`
      return {
        section: section.name,
        row: row.label,
        seatNumber: `${section.name}-${printedRow(row.label)}-${String(index + 1).padStart(3, '0')}`,
        grade: row.grade,
        ...place(rowIndex, row.seats, index),
        accessible: accessible.has(key),
        restrictedView: restricted.has(key),
      }
    }),
  )
}

function placer(section: Section) {
  const widest = section.rows.reduce((widest, row) => Math.max(widest, row.seats), 0)
  const radians = (section.position.angleDegrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
  return (rowIndex: number, rowSeats: number, index: number) => {
    const along = (widest - rowSeats) / 2 + index
    return {
      x: hundredths(section.position.x + along * cos - rowIndex * sin),
      y: hundredths(section.position.y + along * sin + rowIndex * cos),
    }
  }
}

/** Rounded so that the numbers stay short in answers; adding 0 turns -0 into 0. */
const hundredths = (value: number): number => Math.round(value * 100) / 100 + 0

const plainSeat = (seat: string): string => {
  const [row = '', number = ''] = seat.split('-')
  return `${row}-${Number(number)}`
}
