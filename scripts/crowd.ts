import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

// `npm run crowd -- --buyers 200`: a crowd of buyers against the system that `npm start` is running.
const root = dirname(import.meta.dirname)
const args = ['--disable-warning=ExperimentalWarning', 'tests/load/crowd.ts', ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
