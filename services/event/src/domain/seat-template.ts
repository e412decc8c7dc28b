import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { z } from 'zod'
import type { Grade } from './grades.ts'

/** Limits of one hall (EVT-013). */
export const hallSeatsMax = 50_000
const sectionsMax = 500
const rowsMax = 500
const rowSeatsMax = 500
const unitsMax = 100_000

const label = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}]{1,12}$/u, 'Letters and digits only, 12 at most')
const coordinate = z.number().min(-unitsMax).max(unitsMax)
const rowSeats = z.int().min(1).max(rowSeatsMax)
const rowLabels = z.union([z.int().min(1).max(rowsMax), z.array(label).min(1).max(rowsMax)])
/** A seat inside a section: row label and number, such as `12-34`. */
const seatInSection = z.string().regex(/^[\p{L}\p{N}]{1,12}-[0-9]{1,3}$/u)

const positionSchema = z.strictObject({
  /** Where the first seat of the first row is; one unit is the distance between two seats. */
  x: coordinate,
  y: coordinate,
  angleDegrees: z.number().min(-360).max(360).optional(),
})

const sectionInput = z.strictObject({
  name: label,
  grade: gradeSchema,
  rows: rowLabels,
  seatsPerRow: z.union([rowSeats, z.array(rowSeats).min(1).max(rowsMax)]),
  position: positionSchema.optional(),
  accessible: z.array(seatInSection).max(1000).optional(),
  restrictedView: z.array(seatInSection).max(5000).optional(),
})
const sectionsInput = z.array(sectionInput).min(1).max(sectionsMax)

const simpleInput = z.strictObject({
  rows: rowLabels,
  seatsPerRow: rowSeats,
  /** Row label → grade, or grade → its row labels. */
  gradeMapping: z.union([
    z.record(label, gradeSchema),
    z.partialRecord(gradeSchema, z.array(z.union([label, z.int().transform(String)])).max(rowsMax)),
  ]),
})

/** What an administrator sends: sections, or one block of equal rows. */
const templateInput = z.union([z.strictObject({ sections: sectionsInput }), sectionsInput, simpleInput])

/** A hall's seats as they are stored: every row spelled out, so that expanding it needs no rule that could change. */
export const seatTemplateSchema = z.object({
  sections: z.array(
    z.object({
      name: z.string(),
      position: z.object({ x: z.number(), y: z.number(), angleDegrees: z.number() }),
      rows: z.array(z.object({ label: z.string(), grade: gradeSchema, seats: z.int() })),
      accessible: z.array(z.string()),
      restrictedView: z.array(z.string()),
    }),
  ),
})

export type SeatTemplate = z.infer<typeof seatTemplateSchema>
type Section = SeatTemplate['sections'][number]
type Problem = { path: (string | number)[]; message: string }

/** Reads either input form into the stored form, refusing what cannot become distinct seats (EVT-013). */
export const seatTemplateInputSchema = templateInput.transform((input, context): SeatTemplate => {
  const problems: Problem[] = []
  const template = { sections: toSections(input, problems) }
  for (const { path, message } of [...problems, ...templateProblems(template)]) {
    context.addIssue({ code: 'custom', path, message })
  }
  return template
})

/** How many seats a template has, without making them. */
export const countSeats = (template: SeatTemplate): number =>
  template.sections.flatMap((section) => section.rows).reduce((sum, row) => sum + row.seats, 0)

/** The grades a template uses: each needs a price. */
export const gradesOf = (template: SeatTemplate): Set<Grade> =>
  new Set(template.sections.flatMap((section) => section.rows.map((row) => row.grade)))

/** A row as seat numbers show it: 1 and 01 are the same row. */
export const printedRow = (label: string): string => (/^[0-9]+$/.test(label) ? label.padStart(2, '0') : label)

function toSections(input: z.output<typeof templateInput>, problems: Problem[]): Section[] {
  if ('gradeMapping' in input) return [simpleSection(input, problems)]
  const sections = Array.isArray(input) ? input : input.sections
  let nextY = 0
  return sections.map((section, index) => {
    const labels = labelsOf(section.rows)
    const counts = Array.isArray(section.seatsPerRow) ? section.seatsPerRow : labels.map(() => section.seatsPerRow)
    if (counts.length !== labels.length) {
      problems.push({
        path: ['sections', index, 'seatsPerRow'],
        message: `Expected one number for each of ${labels.length} rows`,
      })
    }
    const { x, y, angleDegrees } = section.position ?? { x: 0, y: nextY }
    nextY = y + labels.length + 2
    return {
      name: section.name,
      position: { x, y, angleDegrees: angleDegrees ?? 0 },
      rows: labels.map((text, row) => ({ label: text, grade: section.grade, seats: Number(counts[row] ?? 1) })),
      accessible: section.accessible ?? [],
      restrictedView: section.restrictedView ?? [],
    }
  })
}

function simpleSection(input: z.output<typeof simpleInput>, problems: Problem[]): Section {
  const gradeOf = gradesByRow(input.gradeMapping)
  const labels = labelsOf(input.rows)
  for (const row of labels) {
    if (!gradeOf.has(row)) problems.push({ path: ['gradeMapping'], message: `Row ${row} has no grade` })
  }
  for (const row of gradeOf.keys()) {
    if (!labels.includes(row)) problems.push({ path: ['gradeMapping'], message: `There is no row ${row}` })
  }
  return {
    name: 'MAIN',
    position: { x: 0, y: 0, angleDegrees: 0 },
    rows: labels.map((row) => ({ label: row, grade: gradeOf.get(row) ?? 'B', seats: input.seatsPerRow })),
    accessible: [],
    restrictedView: [],
  }
}

function gradesByRow(mapping: z.output<typeof simpleInput>['gradeMapping']): Map<string, Grade> {
  const pairs = Object.entries(mapping).flatMap(([key, value]): [string, Grade][] =>
    Array.isArray(value) ? value.map((row) => [row, gradeSchema.parse(key)]) : [[key, value]],
  )
  return new Map(pairs)
}

function templateProblems(template: SeatTemplate): Problem[] {
  const seats = countSeats(template)
  if (seats > hallSeatsMax) return [{ path: [], message: `${seats} seats are more than ${hallSeatsMax}` }]
  const names = template.sections.map((section) => section.name)
  const twice = repeated(names).map((name) => ({ path: ['sections'], message: `Section ${name} is there twice` }))
  return [...twice, ...template.sections.flatMap(sectionProblems)]
}

function sectionProblems(section: Section, index: number): Problem[] {
  const rows = new Map(section.rows.map((row) => [row.label, row.seats]))
  const twice = repeated(section.rows.map((row) => printedRow(row.label))).map((row) => ({
    path: ['sections', index, 'rows'],
    message: `Row ${row} is there twice`,
  }))
  const unknown = (['accessible', 'restrictedView'] as const).flatMap((list) =>
    section[list]
      .filter((seat) => {
        const [row = '', number = ''] = seat.split('-')
        return Number(number) < 1 || Number(number) > (rows.get(row) ?? 0)
      })
      .map((seat) => ({ path: ['sections', index, list], message: `There is no seat ${seat}` })),
  )
  return [...twice, ...unknown]
}

const labelsOf = (rows: number | string[]): string[] =>
  typeof rows === 'number' ? Array.from({ length: rows }, (_, index) => String(index + 1)) : rows

const repeated = (names: string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
]
