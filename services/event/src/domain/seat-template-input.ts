import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { z } from 'zod'
import type { Grade } from './grades.ts'
import type { SeatTemplate, Section } from './seat-template.ts'
import { type Problem, templateProblems } from './template-problems.ts'

const sectionsMax = 500
const rowsMax = 500
const rowSeatsMax = 500
const unitsMax = 100_000

/** In one spelling: what is printed alike is one label, however a keyboard composes it or wide it writes. */
const inOneSpelling = z.string().max(100).normalize('NFKC')
const label = inOneSpelling.trim().regex(/^[\p{L}\p{N}]{1,12}$/u, 'Letters and digits only, 12 at most')
const coordinate = z.number().min(-unitsMax).max(unitsMax)
const rowSeats = z.int().min(1).max(rowSeatsMax)
const rowLabels = z.union([z.int().min(1).max(rowsMax), z.array(label).min(1).max(rowsMax)])
/** A seat inside a section: row label and number, such as `12-34`. */
const seatInSection = inOneSpelling.regex(/^[\p{L}\p{N}]{1,12}-[0-9]{1,3}$/u)
const seatList = (max: number) => z.array(seatInSection).max(max).default([])

const sectionInput = z.strictObject({
  name: label,
  /** One for the section, or one for each row. */
  grade: z.union([gradeSchema, z.array(gradeSchema).min(1).max(rowsMax)]),
  rows: rowLabels,
  seatsPerRow: z.union([rowSeats, z.array(rowSeats).min(1).max(rowsMax)]),
  position: z
    .strictObject({ x: coordinate, y: coordinate, angleDegrees: z.number().min(-360).max(360).default(0) })
    .optional(),
  curve: z
    .strictObject({
      radius: z.number().min(1).max(unitsMax),
      arcDegrees: z.number().min(1).max(360).nullable().default(null),
    })
    .nullable()
    .default(null),
  rowSpacing: z.number().min(0.6).max(20).default(1),
  aisles: z.array(rowSeats).max(20).default([]),
  accessible: seatList(1000),
  companions: seatList(1000),
  restrictedView: seatList(5000),
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

/** Reads either input form into the stored form, refusing what cannot become distinct seats (EVT-013). */
export const seatTemplateInputSchema = templateInput.transform((input, context): SeatTemplate => {
  const problems: Problem[] = []
  const template = { sections: toSections(input, problems) }
  for (const { path, message } of [...problems, ...templateProblems(template)]) {
    context.addIssue({ code: 'custom', path, message })
  }
  return template
})

function toSections(input: z.output<typeof templateInput>, problems: Problem[]): Section[] {
  if ('gradeMapping' in input) return [simpleSection(input, problems)]
  const sections = Array.isArray(input) ? input : input.sections
  let nextY = 0
  return sections.map((section, index) => {
    const labels = labelsOf(section.rows)
    /** One value for all rows, or one for each. */
    const perRow = <T>(field: 'seatsPerRow' | 'grade', value: T | readonly T[], noun: string): readonly T[] => {
      const values = Array.isArray(value) ? (value as readonly T[]) : labels.map(() => value as T)
      if (values.length !== labels.length) {
        const message = `Expected one ${noun} for each of ${labels.length} rows`
        problems.push({ path: ['sections', index, field], message })
      }
      return values
    }
    const seats = perRow('seatsPerRow', section.seatsPerRow, 'number')
    const grades = perRow('grade', section.grade, 'grade')
    const { name, curve, rowSpacing, aisles, accessible, companions, restrictedView } = section
    const position = section.position ?? { x: 0, y: curve === null ? nextY : 0, angleDegrees: 0 }
    if (curve === null) nextY = position.y + labels.length * rowSpacing + 2
    const rows = labels.map((text, row) => ({ label: text, grade: grades[row] ?? 'B', seats: seats[row] ?? 1 }))
    return { name, position, curve, rowSpacing, rows, aisles, accessible, companions, restrictedView }
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
    curve: null,
    rowSpacing: 1,
    rows: labels.map((row) => ({ label: row, grade: gradeOf.get(row) ?? 'B', seats: input.seatsPerRow })),
    aisles: [],
    accessible: [],
    companions: [],
    restrictedView: [],
  }
}

function gradesByRow(mapping: z.output<typeof simpleInput>['gradeMapping']): Map<string, Grade> {
  const pairs = Object.entries(mapping).flatMap(([key, value]): [string, Grade][] =>
    Array.isArray(value) ? value.map((row) => [row, gradeSchema.parse(key)]) : [[key, value]],
  )
  return new Map(pairs)
}

const labelsOf = (rows: number | string[]): string[] =>
  typeof rows === 'number' ? Array.from({ length: rows }, (_, index) => String(index + 1)) : rows
