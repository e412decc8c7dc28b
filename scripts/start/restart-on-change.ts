import { watch } from 'node:fs'
import { join, sep } from 'node:path'
import type { System } from '../system/start-system.ts'
import type { ProcessName } from '../system/topology.ts'

interface WatchOptions {
  readonly root: string
  readonly system: System
  readonly say: (sentence: string) => void
  readonly signal: AbortSignal
}

const settleMs = 200

/** Restarts the service whose source changed, or all of them when a package or a script changed (`npm run dev`). */
export function restartOnChange({ root, system, say, signal }: WatchOptions): void {
  const waiting = new Set<ProcessName>()
  let timer: NodeJS.Timeout | undefined
  const changed = (names: Iterable<ProcessName>) => {
    for (const name of names) waiting.add(name)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const due = [...waiting]
      waiting.clear()
      say(`changed: restarting ${due.join(', ')}`)
      for (const name of due) void system.processes.get(name)?.restart()
    }, settleMs)
  }
  const isSource = (file: string | null) =>
    file !== null && /\.(ts|lua)$/.test(file) && !file.endsWith('.test.ts') && !file.split(sep).includes('node_modules')
  for (const name of system.processes.keys()) {
    watch(join(root, 'services', name, 'src'), { recursive: true, signal }, (_event, file) => {
      if (isSource(file)) changed([name])
    })
  }
  for (const folder of ['packages', 'lua']) {
    watch(join(root, folder), { recursive: true, signal }, (_event, file) => {
      if (isSource(file)) changed(system.processes.keys())
    })
  }
  say('watching for changes')
}
