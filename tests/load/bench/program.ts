import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program of this folder as a process of its own; it ends with this one. */
export interface Program<Answer> {
  readonly pid: number
  /** Its first message. */
  readonly answer: Answer
  /** Its next message; to be asked for before it is sent. */
  next<Further>(timeoutMs: number): Promise<Further>
  stop(): Promise<void>
}

const stopTimeoutMs = 5_000

/** Starts a `*.main.ts` with one value as its input and waits for its first message; rejects when it ends without one. */
export async function startProgram<Answer>(file: URL, input: unknown, timeoutMs: number): Promise<Program<Answer>> {
  const child = fork(fileURLToPath(file), [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, BENCH_INPUT: JSON.stringify(input) },
    serialization: 'advanced',
  })
  const stop = () => end(child)
  try {
    const name = fileURLToPath(file)
    const answer = await nextMessage<Answer>(child, name, timeoutMs)
    return { pid: child.pid ?? 0, answer, next: (furtherMs) => nextMessage(child, name, furtherMs), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What a program answers; the program has ended when this resolves. */
export async function ask<Answer>(file: URL, input: unknown, timeoutMs: number): Promise<Answer> {
  const program = await startProgram<Answer>(file, input, timeoutMs)
  await program.stop()
  return program.answer
}

/** In a program: what it was started with. It ends when its parent does. */
export function inputOfParent<Input>(): Input {
  process.once('disconnect', () => process.exit())
  return JSON.parse(process.env['BENCH_INPUT'] ?? 'null')
}

/** In a program: a message to its parent. */
export function answerParent(answer: object): void {
  process.send?.(answer)
}

async function nextMessage<Message>(child: ChildProcess, name: string, timeoutMs: number): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const late = setTimeout(() => reject(new Error(`${name} has not answered after ${timeoutMs} ms`)), timeoutMs)
  const heard = (message: unknown) => resolve(message as Message)
  const ended = (code: number | null, signal: string | null) =>
    reject(new Error(`${name} ended (${signal ?? `exit ${code}`}) without an answer`))
  child.once('message', heard).once('exit', ended).once('error', reject)
  try {
    return await promise
  } finally {
    clearTimeout(late)
    child.off('message', heard).off('exit', ended).off('error', reject)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(late)
}
