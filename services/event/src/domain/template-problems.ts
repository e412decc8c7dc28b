import {
  accessibleBeside,
  countSeats,
  hallSeatsMax,
  printedRow,
  type SeatTemplate,
  type Section,
  seatPlace,
} from './seat-template.ts'

/** What is wrong with a template, and where in it. */
export type Problem = { path: (string | number)[]; message: string }

/** Gives why a template cannot become distinct seats that fit together (EVT-013). */
export function templateProblems(template: SeatTemplate): Problem[] {
  const seats = countSeats(template)
  if (seats > hallSeatsMax) return [{ path: [], message: `${seats} seats are more than ${hallSeatsMax}` }]
  const names = template.sections.map((section) => section.name)
  const twice = repeated(names).map((name) => ({ path: ['sections'], message: `Section ${name} is there twice` }))
  return [...twice, ...template.sections.flatMap(sectionProblems)]
}

function sectionProblems(section: Section, index: number): Problem[] {
  const at = (field: string, message: string): Problem => ({ path: ['sections', index, field], message })
  const rows = new Map(section.rows.map((row) => [row.label, row.seats]))
  const twice = repeated(section.rows.map((row) => printedRow(row.label)))
  const unknown = (['accessible', 'companions', 'restrictedView'] as const).flatMap((list) =>
    section[list]
      .filter((seat) => {
        const { row, number } = seatPlace(seat)
        return number < 1 || number > (rows.get(row) ?? 0)
      })
      .map((seat) => at(list, `There is no seat ${seat}`)),
  )
  return [...twice.map((row) => at('rows', `Row ${row} is there twice`)), ...unknown, ...companionProblems(section, at)]
}

function companionProblems(section: Section, at: (field: string, message: string) => Problem): Problem[] {
  const plain = (seat: string) => `${seatPlace(seat).row}-${seatPlace(seat).number}`
  const accessible = new Set(section.accessible.map(plain))
  return section.companions.flatMap((seat) => {
    if (accessible.has(plain(seat))) return [at('companions', `Seat ${seat} is accessible itself`)]
    if (accessibleBeside(section, seatPlace(seat)) !== null) return []
    return [at('companions', `Seat ${seat} is not beside an accessible seat`)]
  })
}

const repeated = (names: string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
]
