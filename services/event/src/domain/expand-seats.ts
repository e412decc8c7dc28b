import type { Grade } from './grades.ts'
import { accessibleBeside, printedRow, type SeatTemplate, type Section, seatPlace } from './seat-template.ts'

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
  /** The ordinal of the accessible seat beside, if this seat is for who comes along. */
  companionOf: number | null
  restrictedView: boolean
}

type Row = Section['rows'][number]
type Point = { x: number; y: number }

const aisleSeats = 1

/**
 * Gives the seats of a hall (EVT-018): the same template gives the same seats, ordinals and numbers (`A-12-034`) each time.
 * Straight rows are centred on the section's longest one, curved ones on its direction; then the section is turned.
 */
export function expandSeats(template: SeatTemplate): ExpandedSeat[] {
  const seats: ExpandedSeat[] = []
  for (const section of template.sections) addSection(seats, section)
  return seats
}

function addSection(seats: ExpandedSeat[], section: Section): void {
  const place = placer(section)
  const accessible = keysOf(section.accessible)
  const companions = keysOf(section.companions)
  const restricted = keysOf(section.restrictedView)
  for (const [rowIndex, row] of section.rows.entries()) {
    const firstOrdinal = seats.length
    for (let number = 1; number <= row.seats; number += 1) {
      const key = `${row.label}-${number}`
      const beside = companions.has(key) ? accessibleBeside(section, { row: row.label, number }) : null
      seats.push({
        ordinal: firstOrdinal + number - 1,
        section: section.name,
        row: row.label,
        seatNumber: `${section.name}-${printedRow(row.label)}-${String(number).padStart(3, '0')}`,
        grade: row.grade,
        ...place(rowIndex, row, number),
        accessible: accessible.has(key),
        companionOf: beside === null ? null : firstOrdinal + beside - 1,
        restrictedView: restricted.has(key),
      })
    }
  }
}

/** Gives where a seat is: on the section's own axes, seats to the right and rows backwards, and then turned clockwise. */
function placer(section: Section): (rowIndex: number, row: Row, number: number) => Point {
  const { position, aisles } = section
  const aislesBefore = (number: number) => aisles.filter((after) => after < number).length
  /** Seat widths from the first seat of the row to this one. */
  const along = (number: number) => number - 1 + aisleSeats * aislesBefore(number)
  const widest = section.rows.reduce((widest, row) => Math.max(widest, along(row.seats)), 0)
  const local = section.curve === null ? straight(section, widest) : curved(section, section.curve)
  const radians = (position.angleDegrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
  return (rowIndex, row, number) => {
    const { x, y } = local(rowIndex, along(number), along(row.seats))
    return {
      x: hundredths(position.x + x * cos - y * sin),
      y: hundredths(position.y + x * sin + y * cos),
    }
  }
}

type Local = (rowIndex: number, along: number, length: number) => Point

const straight =
  (section: Section, widest: number): Local =>
  (rowIndex, along, length) => ({ x: (widest - length) / 2 + along, y: rowIndex * section.rowSpacing })

const curved =
  (section: Section, curve: NonNullable<Section['curve']>): Local =>
  (rowIndex, along, length) => {
    const radius = curve.radius + rowIndex * section.rowSpacing
    const fromMiddle = along - length / 2
    // A row of n seats that fills an arc has half a seat's share of it at either end.
    const perSeat = curve.arcDegrees === null ? 1 / radius : (curve.arcDegrees * Math.PI) / 180 / (length + 1)
    const angle = fromMiddle * perSeat
    return { x: radius * Math.sin(angle), y: radius * Math.cos(angle) }
  }

/** Rounded so that the numbers stay short in answers; adding 0 turns -0 into 0. */
const hundredths = (value: number): number => Math.round(value * 100) / 100 + 0

const keysOf = (seats: readonly string[]): Set<string> =>
  new Set(seats.map(seatPlace).map(({ row, number }) => `${row}-${number}`))
