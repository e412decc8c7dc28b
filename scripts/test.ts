import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

// Checks first, then every test on real stores. Arguments go to vitest and skip the checks: `npm test -- services/user`.
const root = dirname(import.meta.dirname)
const run = (program: string, args: readonly string[]) =>
  spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status ?? 1
const chosen = process.argv.slice(2)

const checked = chosen.length > 0 ? 0 : run('node', ['--disable-warning=ExperimentalWarning', 'scripts/check.ts'])
const tested = run('vitest', ['run', ...chosen])
process.exitCode = checked || tested
