import { drawTable } from '@ticket-queue/scripts/draw-table'
import type { CheckedRule } from '../../invariants/check-books.ts'
import { type Measures, percentile, steps } from './measure.ts'

const shownMax = 20

/** Times per step, how the people ended, what had to be asked again. */
export function reportPeople(measures: Measures, seconds: number): string {
  const times = steps.flatMap((step) => {
    const values = measures.durationsMs.get(step) ?? []
    const shares = [0.5, 0.95, 0.99, 1].map((share) => Math.round(percentile(values, share)))
    return values.length === 0 ? [] : [[step, values.length, ...shares]]
  })
  const endings = [
    ...measures.endings,
    ...[...measures.details].map(([what, count]) => [`  ${what.slice(0, 110)}`, count] as const),
  ]
  const repeats = [...measures.repeats].map(([what, count]) => `${what} ×${count}`)
  const again = repeats.length === 0 ? '' : `\n\n  Asked again: ${repeats.join(', ')}`
  return [
    drawTable(['step', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'], times),
    '',
    drawTable(['ending', 'people'], endings) + again,
    '',
    `  Took ${seconds.toFixed(1)} s.`,
  ].join('\n')
}

/** Which invariants hold; the rows of those that do not. */
export function reportBooks(checked: readonly CheckedRule[]): string {
  const rows = checked.map((rule) => [
    rule.violations.length === 0 ? '✓' : '✗',
    rule.name,
    rule.examined,
    rule.violations.length,
  ])
  const broken = checked.filter((rule) => rule.violations.length > 0)
  const named = broken.map(
    (rule) =>
      `\n\n  ✗ ${rule.name}\n${rule.violations
        .slice(0, shownMax)
        .map((row) => `      ${row}`)
        .join('\n')}`,
  )
  return `${drawTable(['', 'invariant', 'examined', 'violations'], rows)}${named.join('')}`
}
