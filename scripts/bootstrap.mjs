// Plain JavaScript on purpose: it runs on whatever Node (20 or later) the machine has, before anything is installed.
// It installs the workspace when that is needed, then runs scripts/<command>.ts with the project's own Node 24.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pnpm = 'pnpm@12.21.0'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const node = join(root, 'node_modules', '.bin', 'node')
const stamp = join(root, 'node_modules', '.installed')
const [command, ...rest] = process.argv.slice(2)

const fail = (sentence) => {
  process.stderr.write(`\n  ${sentence}\n\n`)
  process.exit(1)
}

const wantedInstall = () => {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

const install = () => {
  const wanted = wantedInstall()
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stdout.write('  Installing packages (first run or changed lock file) …\n')
  const run = spawnSync('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? ''}`)
    fail(
      'The packages could not be installed: the reason is above. Usual ones: the registry cannot be reached, or a package.json was changed without `npx pnpm install`.',
    )
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
  process.stdout.write('  Packages installed.\n')
}

const major = Number(process.versions.node.split('.')[0])
if (major < 20)
  fail(`Node 20 or later is needed to begin with; this is Node ${process.versions.node}. See https://nodejs.org.`)
if (!command || !existsSync(join(root, 'scripts', `${command}.ts`)))
  fail(`There is no command "${command ?? ''}": see "scripts" in package.json.`)

install()
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, 'scripts', `${command}.ts`), ...rest], {
  cwd: root,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.stack', 'compile-cache'),
  },
})
// The channel tells the child when this process has died; a signal to this process alone is passed on.
process.on('SIGINT', () => child.kill('SIGINT'))
process.on('SIGTERM', () => child.kill('SIGTERM'))
process.on('SIGHUP', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
