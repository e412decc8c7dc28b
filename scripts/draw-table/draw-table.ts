import Table from 'cli-table3'

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Rows under a head, aligned, indented by two; numbers to the right. Colours only where a terminal shows them. */
export function drawTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const table = new Table({
    chars: noLines,
    style: { head: process.stdout.isTTY ? ['cyan'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
    head: [...head],
    colAligns: head.map((_, column) => (rows.every((row) => typeof row[column] !== 'string') ? 'right' : 'left')),
  })
  for (const row of rows) table.push([...row])
  return table.toString().replaceAll(/^/gm, '  ')
}
