import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

// Formats and applies the safe fixes of the linter; what is left is printed.
const root = dirname(import.meta.dirname)
process.exitCode = spawnSync('biome', ['check', '--write', '.'], { cwd: root, stdio: 'inherit' }).status ?? 1
