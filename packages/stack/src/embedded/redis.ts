import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StopSteps } from './children.ts'
import { findRedisProgram } from './redis-program.ts'
import { lastLines, type ServerContext, type StartedServer, waitForServer } from './server-start.ts'

const keepStopSteps: StopSteps = [{ signal: 'SIGTERM', waitMs: 5000 }]
const dropStopSteps: StopSteps = []

function serverSettings(folder: string, port: number, durable: boolean): string[] {
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    databases: '16',
    daemonize: 'no',
    save: '',
    appendonly: durable ? 'yes' : 'no',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

/** Starts Redis in `<directory>/redis`; a durable one keeps an append-only file. */
export async function startRedis(context: ServerContext): Promise<StartedServer> {
  const folder = join(context.directory, 'redis')
  mkdirSync(folder, { recursive: true })
  const program = await findRedisProgram(context)
  context.report('starting')
  for (let attempt = 1; ; attempt += 1) {
    const port = await context.ports.choose('redis')
    const server = context.children.startServer(
      { ...program, args: serverSettings(folder, port, context.durable), cwd: folder },
      {
        logFile: join(context.directory, 'redis.log'),
        stopSteps: context.durable ? keepStopSteps : dropStopSteps,
      },
    )
    const outcome = await waitForServer(server, () => server.output().includes('Ready to accept connections'), 60_000)
    if (outcome === 'ready') return { server, address: `redis://127.0.0.1:${port}` }
    await context.children.stopServer(server)
    const output = server.output()
    if (attempt < 5 && output.includes('Address already in use')) context.ports.giveUp('redis')
    else throw new Error(`Redis did not start (${outcome}): ${lastLines(output)}`)
  }
}
