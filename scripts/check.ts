import { spawn } from 'node:child_process'
import { dirname } from 'node:path'

/** One check: what it holds, the command, and what to do when it fails. */
interface Check {
  readonly name: string
  readonly command: readonly string[]
  readonly fix: string
}

const root = dirname(import.meta.dirname)
const own = (script: string, ...rest: string[]) => ['node', '--disable-warning=ExperimentalWarning', script, ...rest]

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc', '-p', '.'], fix: 'mend the types named above' },
  {
    name: 'format, lint',
    command: ['biome', 'check', '--error-on-warnings', '.'],
    fix: 'npm run fix, then mend the rest',
  },
  {
    name: 'imports',
    command: ['depcruise', 'packages', 'services', 'lua', 'migrations', 'scripts', 'tests'],
    fix: 'see docs/STYLE.md, "Who may import whom"',
  },
  { name: 'unused', command: ['knip', '--no-progress'], fix: 'remove what nothing uses' },
  { name: 'house rules', command: own('scripts/check/house-rules.ts'), fix: 'each line above says how' },
  { name: 'generated files', command: own('scripts/generate.ts', '--check'), fix: 'npm run generate' },
]

const results = await inTurn(checks, 2)
const width = Math.max(...checks.map((check) => check.name.length))
for (const { check, code, output } of results) {
  if (code !== 0) console.log(`\n── ${check.name} ──\n${output.trim()}\n   To mend it: ${check.fix}`)
}
console.log('')
for (const { check, code, seconds } of results) {
  console.log(`  ${code === 0 ? '✓' : '✗'} ${check.name.padEnd(width)}  ${seconds.toFixed(1).padStart(5)} s`)
}
console.log('')
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1

interface Result {
  readonly check: Check
  readonly code: number
  readonly output: string
  readonly seconds: number
}

/** Runs the checks at most `width` at a time: each uses about one core. */
async function inTurn(list: readonly Check[], atOnce: number): Promise<Result[]> {
  const done: Result[] = []
  const waiting = [...list]
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) done.push(await run(next))
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return list.flatMap((check) => done.filter((result) => result.check === check))
}

function run(check: Check): Promise<Result> {
  const begunAt = performance.now()
  const [program, ...rest] = check.command
  return new Promise((resolve, reject) => {
    const child = spawn(program as string, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('exit', (code) =>
      resolve({ check, code: code ?? 1, output, seconds: (performance.now() - begunAt) / 1000 }),
    )
  })
}
