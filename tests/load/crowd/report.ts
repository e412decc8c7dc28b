import Table from 'cli-table3'
import type { CheckedRule } from '../../invariants/check-books.ts'
import { type Measures, percentile, steps } from './measure.ts'

const shownMax = 20
const style = { head: ['cyan'], border: ['gray'] }

/** Times per step, how the people ended, what had to be asked again. */
export function reportPeople(measures: Measures, seconds: number): string {
  const times = new Table({
    head: ['step', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    style,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
  })
  for (const step of steps) {
    const values = measures.durationsMs.get(step) ?? []
    if (values.length === 0) continue
    times.push([step, values.length, ...[0.5, 0.95, 0.99, 1].map((share) => Math.round(percentile(values, share)))])
  }
  const endings = new Table({ head: ['ending', 'people'], style, colAligns: ['left', 'right'] })
  for (const [ending, count] of measures.endings) endings.push([ending, count])
  for (const [detail, count] of measures.details) endings.push([`  ${detail.slice(0, 110)}`, count])
  const repeats = [...measures.repeats].map(([what, count]) => `${what} ×${count}`)
  const again = repeats.length === 0 ? '' : `\nAsked again: ${repeats.join(', ')}`
  return `${times}\n${endings}${again}\nTook ${seconds.toFixed(1)} s.`
}

/** Which invariants hold; the rows of those that do not. */
export function reportBooks(checked: readonly CheckedRule[]): string {
  const table = new Table({
    head: ['', 'invariant', 'examined', 'violations'],
    style,
    colAligns: ['left', 'left', 'right', 'right'],
  })
  for (const rule of checked) {
    table.push([rule.violations.length === 0 ? '✓' : '✗', rule.name, rule.examined, rule.violations.length])
  }
  const broken = checked.filter((rule) => rule.violations.length > 0)
  const rows = broken.map(
    (rule) =>
      `\n✗ ${rule.name}\n${rule.violations
        .slice(0, shownMax)
        .map((row) => `    ${row}`)
        .join('\n')}`,
  )
  return `${table}${rows.join('')}`
}
