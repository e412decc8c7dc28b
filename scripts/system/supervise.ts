import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ProcessName } from './topology.ts'

export interface SupervisedOptions {
  readonly name: ProcessName
  readonly root: string
  readonly environment: Record<string, string>
  readonly sidePort: number
  readonly logFile: string
  readonly onStart?: (started: { name: ProcessName; pid: number | undefined }) => void
  readonly onExit?: (exit: {
    name: ProcessName
    code: number | null
    signal: string | null
    restartInMs: number
  }) => void
}

export interface Supervised {
  readonly name: ProcessName
  pid(): number | undefined
  /** Resolves when `/readyz` answers 200; rejects, with the end of its log, after `timeoutMs` or three quick deaths. */
  ready(timeoutMs: number): Promise<void>
  /** Ends the process as asked (SIGKILL in fault tests); the supervisor starts it again and does not take it for a crash. */
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, wait, start again: what watch mode does on a change. */
  restart(): Promise<void>
  /** SIGTERM and, after `stopTimeoutMs`, SIGKILL; not started again. */
  stop(): Promise<void>
}

const stopTimeoutMs = 12_000
const restartPausesMs = [100, 500, 1_000, 2_000, 5_000]
const steadyAfterMs = 10_000
const shownLines = 25
const hopelessAfterDeaths = 3

/**
 * Starts one service as a process of its own and starts it again whenever it ends by itself. The process has a session
 * of its own, so Ctrl-C in the terminal reaches it only through the ordered stop; its IPC channel tells it when this
 * process has died.
 */
export function supervise(options: SupervisedOptions): Supervised {
  let child = launch(options)
  let stopping = false
  let restarting = false
  let wasKilled = false
  let quickDeaths = 0

  const watch = (watched: ChildProcess, startedAt: number) => {
    watched.once('exit', (code, signal) => {
      if (stopping || restarting) return
      if (!wasKilled) quickDeaths = performance.now() - startedAt > steadyAfterMs ? 0 : quickDeaths + 1
      wasKilled = false
      const restartInMs = restartPausesMs[Math.min(quickDeaths, restartPausesMs.length - 1)] ?? 0
      options.onExit?.({ name: options.name, code, signal, restartInMs })
      setTimeout(() => {
        if (!stopping) begin()
      }, restartInMs)
    })
  }
  const begin = () => {
    child = launch(options)
    watch(child, performance.now())
    options.onStart?.({ name: options.name, pid: child.pid })
  }
  watch(child, performance.now())
  options.onStart?.({ name: options.name, pid: child.pid })

  return {
    name: options.name,
    pid: () => child.pid,
    ready: (timeoutMs) => untilReady(options, timeoutMs, () => quickDeaths >= hopelessAfterDeaths),
    kill(signal) {
      wasKilled = true
      child.kill(signal)
    },
    async restart() {
      restarting = true
      await end(child)
      restarting = false
      begin()
    },
    async stop() {
      stopping = true
      await end(child)
    },
  }
}

function launch(options: SupervisedOptions): ChildProcess {
  mkdirSync(dirname(options.logFile), { recursive: true })
  const log = openSync(options.logFile, 'a')
  const main = join(options.root, 'services', options.name, 'src', 'main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    cwd: options.root,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...inherited(), ...options.environment },
  })
  closeSync(log)
  child.unref()
  child.channel?.unref()
  return child
}

/** Only what a process needs to run at all: a stray DATABASE_URL of the shell must not reach a service. */
function inherited(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TZ', 'LANG', 'NODE_COMPILE_CACHE', 'NODE_OPTIONS']
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(late)
}

async function untilReady(options: SupervisedOptions, timeoutMs: number, isHopeless: () => boolean): Promise<void> {
  const deadline = performance.now() + timeoutMs
  let last = 'no answer yet'
  while (performance.now() < deadline && !isHopeless()) {
    try {
      const answer = await fetch(`http://127.0.0.1:${options.sidePort}/readyz`, { signal: AbortSignal.timeout(2_000) })
      if (answer.status === 200) return
      last = `${answer.status} ${await answer.text()}`
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await pause(60)
  }
  const said = readFileSync(options.logFile, 'utf8').trim().split('\n').slice(-shownLines)
  throw new Error(`${options.name} does not get ready (${last}).\nThe end of ${options.logFile}:\n${said.join('\n')}`)
}
