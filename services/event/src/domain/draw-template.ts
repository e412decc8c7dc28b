import type { ExpandedSeat } from './expand-seats.ts'
import { type Grade, grades } from './grades.ts'

export type Bounds = { minX: number; minY: number; maxX: number; maxY: number }

const colours: Record<Grade, string> = { VIP: '#8e44ad', S: '#2471a3', A: '#229954', B: '#ca8a04' }
const seatWidth = 0.8
const marginSeats = 3

/** The box that all seats lie in. */
export function boundsOf(seats: readonly ExpandedSeat[]): Bounds {
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity }
  for (const { x, y } of seats) {
    box.minX = Math.min(box.minX, x)
    box.minY = Math.min(box.minY, y)
    box.maxX = Math.max(box.maxX, x)
    box.maxY = Math.max(box.maxY, y)
  }
  return box
}

/**
 * Draws the seats as SVG text: a dot in the colour of its grade, a ring for an accessible seat, half a ring for a companion's, a
 * cross for a restricted view, and the name of each section in its middle.
 */
export function drawSeats(seats: readonly ExpandedSeat[]): string {
  const { minX, minY, maxX, maxY } = boundsOf(seats)
  const [left, top] = [minX - marginSeats, minY - marginSeats]
  const [width, height] = [maxX - minX + 2 * marginSeats, maxY - minY + 2 * marginSeats]
  const box = [left, top, width, height].map(plain).join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" font-family="sans-serif">`,
    `<rect x="${plain(left)}" y="${plain(top)}" width="${plain(width)}" height="${plain(height)}" fill="#fff"/>`,
    ...grades.map((grade) =>
      dots(
        seats.filter((seat) => seat.grade === grade),
        colours[grade],
      ),
    ),
    marks(
      seats.filter((seat) => seat.accessible),
      ({ x, y }) => `M${plain(x - 0.5)} ${plain(y)}a.5 .5 0 1 0 1 0a.5 .5 0 1 0-1 0`,
    ),
    marks(
      seats.filter((seat) => seat.companionOf !== null),
      ({ x, y }) => `M${plain(x - 0.5)} ${plain(y)}a.5 .5 0 0 0 1 0`,
    ),
    marks(
      seats.filter((seat) => seat.restrictedView),
      ({ x, y }) => `M${plain(x - 0.3)} ${plain(y - 0.3)}l.6 .6m0-.6l-.6 .6`,
    ),
    ...labels(seats, Math.min(5, Math.max(width, height) / 40)),
    '</svg>',
  ].join('\n')
}

/** One path for all dots of a colour: a line of no length with round ends is a dot, and takes a fifth of the text of a circle. */
function dots(seats: readonly ExpandedSeat[], colour: string): string {
  if (seats.length === 0) return ''
  const path = seats.map(({ x, y }) => `M${plain(x)} ${plain(y)}h0`).join('')
  return `<path d="${path}" stroke="${colour}" stroke-width="${seatWidth}" stroke-linecap="round"/>`
}

const marks = (seats: readonly ExpandedSeat[], draw: (seat: ExpandedSeat) => string): string =>
  seats.length === 0 ? '' : `<path d="${seats.map(draw).join('')}" fill="none" stroke="#111" stroke-width=".15"/>`

/** Section names are letters and digits alone, so they need no escaping. */
const labels = (seats: readonly ExpandedSeat[], size: number): string[] =>
  [...Map.groupBy(seats, (seat) => seat.section)].map(([name, members]) => {
    const middle = (axis: 'x' | 'y') => plain(members.reduce((sum, seat) => sum + seat[axis], 0) / members.length)
    const place = `x="${middle('x')}" y="${middle('y')}" font-size="${plain(size)}" text-anchor="middle" dominant-baseline="central"`
    return `<text ${place} fill="#111" stroke="#fff" stroke-width="${plain(size / 6)}" paint-order="stroke">${name}</text>`
  })

const plain = (value: number): string => String(Math.round(value * 100) / 100)
