import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'

type Line = { msg: string; address?: string; sidePort?: number; reason?: string; err?: { message: string } }
type Running = { child: ChildProcess; lines: () => Line[]; text: () => string; ended: Promise<number | null> }

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function run(settings: Record<string, string>, options: { ipc?: boolean } = {}): Running {
  const file = new URL('./test-service/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [file], {
    env: {
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
      SIDE_PORT: '0',
      NEEDED: 'x',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? (['ipc'] as const) : [])],
  })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += String(chunk)
    })
  }
  // With an IPC channel that this side ends, Node never emits 'close'.
  const ended = once(child, options.ipc === true ? 'exit' : 'close').then(([code]) => code as number | null)
  const lines = () =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line)
  return { child, lines, text: () => text, ended }
}

async function seen(running: Running, message: string): Promise<Line> {
  return vi.waitFor(
    () => {
      const line = running.lines().find(({ msg }) => msg === message)
      if (line === undefined) throw new Error(`"${message}" not seen in:\n${running.text()}`)
      return line
    },
    { timeout: 15_000, interval: 20 },
  )
}

async function started(running: Running): Promise<{ address: string; side: string }> {
  const [{ address = '' }, { sidePort }] = [
    await seen(running, 'public server listening'),
    await seen(running, 'service started'),
  ]
  return { address, side: `http://127.0.0.1:${sidePort}` }
}

it('all settings that are missing or wrong are named at once, and the process ends with code 1', async () => {
  const running = run({ PORT: 'eighty', NEEDED: '', LOG_LEVEL: 'loud' })
  expect(await running.ended).toBe(1)
  expect(running.text()).toMatch(/test-service cannot start\. 3 settings need attention/)
  expect(running.text()).toMatch(/PORT is not usable/)
  expect(running.text()).toMatch(/NEEDED is not set/)
  expect(running.text()).toMatch(/LOG_LEVEL is not usable/)
  expect(running.text()).not.toContain('at parseConfig')
})

it('SIGTERM makes it unready, lets a request under way finish, closes in reverse order and ends with code 0', async () => {
  const running = run({})
  const { address, side } = await started(running)
  expect((await fetch(`${side}/livez`)).status).toBe(200)
  expect(await (await fetch(`${side}/readyz`)).json()).toEqual({
    ready: true,
    state: 'running',
    checks: { always: 'ok' },
  })
  expect(await (await fetch(`${side}/metrics`)).text()).toContain('process_cpu_seconds_total{service="test-service"}')

  const slow = fetch(`${address}/slow`)
  await seen(running, 'slow request arrived')
  running.child.kill('SIGTERM')
  const answer = await slow
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ finished: true })
  expect(answer.headers.get('connection')).toBe('close')
  expect(await running.ended).toBe(0)
  const order = running.lines().map(({ msg }) => msg)
  const closing = order.filter((message) => /stopping|closed|stopped/.test(message))
  expect(closing).toEqual(['service stopping', 'consumer closed', 'store closed', 'service stopped'])
})

it('readiness is false and liveness true while it drains', async () => {
  const running = run({ MODE: 'never closes' })
  const { side, address } = await started(running)
  running.child.kill('SIGTERM')
  await seen(running, 'consumer closed')
  const ready = await fetch(`${side}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toMatchObject({ ready: false, state: 'stopping' })
  expect((await fetch(`${side}/livez`)).status).toBe(200)
  await expect(fetch(`${address}/slow`)).rejects.toThrow()
})

it('what does not close within ten seconds is abandoned with code 1', async () => {
  const running = run({ MODE: 'never closes' })
  await started(running)
  const beganAt = performance.now()
  running.child.kill('SIGTERM')
  expect(await running.ended).toBe(1)
  expect(performance.now() - beganAt).toBeGreaterThan(9000)
  expect(running.lines().map(({ msg }) => msg)).toContain('service did not stop in time')
}, 30_000)

it('a stream that never ends is broken off in time for an orderly stop', async () => {
  const running = run({})
  const { address } = await started(running)
  const stream = await fetch(`${address}/endless`)
  running.child.kill('SIGTERM')
  await expect(stream.text()).rejects.toThrow()
  expect(await running.ended).toBe(0)
  expect(running.lines().map(({ msg }) => msg)).toContain('store closed')
}, 30_000)

it('it stops by itself when its parent is gone', async () => {
  const running = run({}, { ipc: true })
  const message = once(running.child, 'message')
  await started(running)
  expect((await message)[0]).toEqual({ state: 'ready', service: 'test-service' })
  running.child.disconnect()
  expect(await running.ended).toBe(0)
  expect((await seen(running, 'service stopping')).reason).toBe('parent gone')
})

it.each([
  ['throw', 'nobody catches'],
  ['reject', 'nobody listens'],
])('an error that nobody caught (%s) is logged and ends the process with code 1', async (path, message) => {
  const running = run({})
  const { address } = await started(running)
  await fetch(`${address}/${path}`, { method: 'POST' }).catch(() => {})
  expect(await running.ended).toBe(1)
  expect((await seen(running, 'an error that nobody caught ends the service')).err?.message).toBe(message)
})

it('a start that fails closes what was open and ends with code 1', async () => {
  const running = run({ MODE: 'cannot start' })
  expect(await running.ended).toBe(1)
  const messages = running.lines().map(({ msg }) => msg)
  expect(messages.toSorted()).toEqual(['service could not start', 'store closed'])
})
