import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { delay } from './delay.ts'

export interface Command {
  command: string
  args: string[]
  cwd?: string
  env?: NodeJS.ProcessEnv
  uid?: number
  gid?: number
}

/** A server of ours: what it wrote since its start, and whether it has ended. */
export interface Server {
  pid: number
  hasExited(): boolean
  onExit(listener: () => void): void
  output(): string
}

/** How to end a server: signals in order, each with the time it is given before the next. */
export type StopSteps = { signal: NodeJS.Signals; waitMs: number }[]

export interface ToolResult {
  /** The exit code, or 'missing' when there is no such program. */
  code: number | 'missing'
  output: string
}

/** The processes of one keeper: starts them, and ends them all. */
export interface Children {
  startServer(command: Command, options: { logFile: string; stopSteps: StopSteps }): Server
  /** Runs a program to its end; standard output and error come back together. */
  runTool(command: Command, options?: { input?: string; timeoutMs?: number }): Promise<ToolResult>
  stopServer(server: Server): Promise<void>
  /** Ends everything and refuses to start more. */
  stopAll(): Promise<void>
}

function readFrom(file: string, position: number): string {
  const handle = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(Math.min(Math.max(fstatSync(handle).size - position, 0), 1_000_000))
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, position)).toString()
  } finally {
    closeSync(handle)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function endProcess(child: ChildProcess, steps: StopSteps): Promise<void> {
  if (hasEnded(child)) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  for (const { signal, waitMs } of steps) {
    child.kill(signal)
    await Promise.race([exited, delay(waitMs)])
    if (hasEnded(child)) return
  }
  child.kill('SIGKILL')
  await exited
}

/** Makes an empty register of processes. */
export function createChildren(): Children {
  const running = new Map<ChildProcess, StopSteps>()
  const servers = new WeakMap<Server, ChildProcess>()
  let closing = false

  const launch = (command: Command, stdio: ('ignore' | 'pipe' | number)[], steps: StopSteps): ChildProcess => {
    if (closing) throw new Error('The stack is stopping.')
    const { command: program, args, ...options } = command
    const child = spawn(program, args, { ...options, stdio })
    running.set(child, steps)
    child.once('exit', () => running.delete(child))
    child.once('error', () => running.delete(child))
    return child
  }

  return {
    startServer(command, { logFile, stopSteps }) {
      const log = openSync(logFile, 'a')
      const logStart = fstatSync(log).size
      const child = launch(command, ['ignore', log, log], stopSteps)
      closeSync(log)
      let failure = ''
      child.once('error', (error) => {
        failure = error.message
      })
      const server: Server = {
        pid: child.pid ?? 0,
        hasExited: () => hasEnded(child),
        onExit: (listener) => child.once('exit', listener),
        output: () => failure + readFrom(logFile, logStart),
      }
      servers.set(server, child)
      return server
    },

    runTool(command, { input, timeoutMs = 300_000 } = {}) {
      return new Promise((resolve, reject) => {
        const child = launch(command, ['pipe', 'pipe', 'pipe'], [{ signal: 'SIGTERM', waitMs: 1000 }])
        const chunks: Buffer[] = []
        const expiry = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
        child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
        child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
        child.stdin?.on('error', () => {})
        child.stdin?.end(input ?? '')
        child.once('error', (error) => {
          clearTimeout(expiry)
          if ('code' in error && error.code === 'ENOENT') resolve({ code: 'missing', output: '' })
          else reject(error)
        })
        child.once('close', (code) => {
          clearTimeout(expiry)
          resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString() })
        })
      })
    },

    async stopServer(server) {
      const child = servers.get(server)
      if (child !== undefined) await endProcess(child, running.get(child) ?? [])
    },

    async stopAll() {
      closing = true
      await Promise.all([...running].map(([child, steps]) => endProcess(child, steps)))
    },
  }
}
