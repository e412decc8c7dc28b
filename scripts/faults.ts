import { spawn } from 'node:child_process'
import { dirname } from 'node:path'

// `npm run faults`: lists what can be killed; `npm run faults -- payment`: kills it, on a system of its own.
const root = dirname(import.meta.dirname)
const args = ['--disable-warning=ExperimentalWarning', 'tests/faults/faults.ts', ...process.argv.slice(2)]
const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
// A terminal sends Ctrl-C to the whole group; a signal sent to this process alone is passed on.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
