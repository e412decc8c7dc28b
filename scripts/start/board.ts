export interface Board {
  /** One row: begun rows spin, done rows show their time. */
  show(group: string, name: string, state: string, elapsedMs?: number): void
  step<T>(group: string, name: string, work: () => Promise<T>): Promise<T>
  /** A line of its own that stays, above the rows. */
  say(sentence: string): void
  end(): void
}

interface Row {
  readonly group: string
  readonly name: string
  state: string
  elapsedMs: number
  readonly begunAt: number
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** A live list of what is starting: redrawn in place on a terminal, one line per finished step elsewhere. */
export function createBoard(out: NodeJS.WriteStream): Board {
  const rows = new Map<string, Row>()
  let drawn = 0
  let ended = false
  const draw = () => {
    if (!out.isTTY || ended) return
    const lines = [...rows.values()].map((row) => lineOf(row))
    out.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`)
    drawn = lines.length
  }
  const timer = out.isTTY ? setInterval(draw, 100) : undefined
  timer?.unref()

  const board: Board = {
    show(group, name, state, elapsedMs = 0) {
      const key = `${group} ${name}`
      const row = rows.get(key) ?? { group, name, state, elapsedMs, begunAt: performance.now() }
      row.state = state
      row.elapsedMs = elapsedMs
      rows.set(key, row)
      if (!out.isTTY && isDone(row)) out.write(`${lineOf(row)}\n`)
      draw()
    },
    async step(group, name, work) {
      const begunAt = performance.now()
      board.show(group, name, 'begun')
      const result = await work()
      board.show(group, name, 'done', performance.now() - begunAt)
      return result
    },
    say(sentence) {
      if (!ended && drawn > 0) out.write(`\x1b[${drawn}A\x1b[0J`)
      drawn = 0
      out.write(`  ${sentence}\n`)
      draw()
    },
    end() {
      draw()
      ended = true
      clearInterval(timer)
    },
  }
  return board
}

const isDone = (row: Row) => row.state === 'done' || row.state === 'ready'

function lineOf(row: Row): string {
  const waited = isDone(row) ? row.elapsedMs : performance.now() - row.begunAt
  const mark = isDone(row) ? '✓' : (frames[Math.floor(performance.now() / 100) % frames.length] ?? '·')
  const note = isDone(row) || row.state === 'begun' ? '' : `  ${row.state}`
  return `  ${mark} ${row.group.padEnd(9)} ${row.name.padEnd(22)} ${(waited / 1000).toFixed(1).padStart(5)} s${note}`
}
