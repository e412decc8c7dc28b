import { hasBit } from './bit-set.ts'
import type { SeatLayout } from './seat-map.ts'

/** A seat map as JSON text for what is sold at the moment: one object per seat, or one list per field. */
export type SeatMapText = { full(sold: Uint8Array): string; compact(sold: Uint8Array): string }

/**
 * Gives the text of a layout. All but the states is put together once, at the first call of each form: writing 15,000 seats as JSON
 * after each sale would hold up the process for 30 ms.
 */
export function createSeatMapText(layout: SeatLayout): SeatMapText {
  let full: Pieces | undefined
  let compact: Pieces | undefined
  return {
    full(sold) {
      full ??= splitAtStates(fullMap(layout), layout)
      return join(full, sold)
    },
    compact(sold) {
      compact ??= splitAtStates(compactMap(layout), layout)
      return join(compact, sold)
    },
  }
}

/** Text with a gap for each state: `texts` has one piece more than `ordinals`, which tells whose state each gap is for. */
type Pieces = { texts: string[]; ordinals: number[] }

/** A value that no other field can have, as it would be written with escapes. */
const gap = '\u0000'
const writtenGap = JSON.stringify(gap)

function splitAtStates(map: object, layout: SeatLayout): Pieces {
  const texts = JSON.stringify(map).split(writtenGap)
  const ordinals = layout.grades.flatMap(({ seats }) => seats.ordinal)
  if (texts.length !== ordinals.length + 1) throw new Error('a seat map has not one gap for each seat')
  return { texts, ordinals }
}

function join({ texts, ordinals }: Pieces, sold: Uint8Array): string {
  let text = texts[0] ?? ''
  for (const [index, ordinal] of ordinals.entries()) {
    text += hasBit(sold, ordinal) ? '"SOLD"' : '"AVAILABLE"'
    text += texts[index + 1]
  }
  return text
}

function fullMap({ scheduleId, layoutVersion, grades }: SeatLayout): object {
  const groups = grades.map(({ grade, price, seats, ...marks }) => {
    const accessible = new Set(marks.accessible)
    const companions = new Map(marks.companions)
    const restricted = new Set(marks.restrictedView)
    return {
      grade,
      price,
      seats: seats.ordinal.map((ordinal, index) => ({
        id: seats.id[index],
        ordinal,
        seatNumber: seats.seatNumber[index],
        section: seats.section[index],
        row: seats.row[index],
        x: seats.x[index],
        y: seats.y[index],
        status: gap,
        ...(accessible.has(ordinal) ? { accessible: true } : {}),
        ...(companions.has(ordinal) ? { companionOf: companions.get(ordinal) } : {}),
        ...(restricted.has(ordinal) ? { restrictedView: true } : {}),
      })),
    }
  })
  return { scheduleId, layoutVersion, grades: groups }
}

function compactMap({ seatsTotal: _total, ...shown }: SeatLayout): object {
  const groups = shown.grades.map((group) => ({
    ...group,
    seats: { ...group.seats, status: group.seats.ordinal.map(() => gap) },
  }))
  return { ...shown, grades: groups }
}
