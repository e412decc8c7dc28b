import { setTimeout as pause } from 'node:timers/promises'

export interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: {
    readonly status: string
    readonly aheadOfYou?: number
    readonly ticket?: string
    readonly token?: string
    readonly reason?: string
  }
}

/** One connection of a stream, as the client has seen it. */
export interface Connection {
  readonly status: number
  /** The last `retry` it was told. */
  retryMs: number | null
  events: number
  /** When it ended; null while it is open. */
  endedAtMs: number | null
}

export interface FollowedStream {
  readonly events: readonly StreamEvent[]
  readonly connections: readonly Connection[]
  /** Whether it has been told, with 204, not to come back. */
  isOver(): boolean
  stop(): void
}

const usualRetryMs = 1_000

/**
 * Follows an event stream through the gateway as a browser's page would: comes back when told with the ID of the last event,
 * also after a refusal, and stays away after 204. `after` is that of an event received before.
 */
export function followStream(url: string, accessToken: string | undefined, after = ''): FollowedStream {
  const stopped = new AbortController()
  const events: StreamEvent[] = []
  const connections: Connection[] = []
  let over = false
  const connect = async (): Promise<void> => {
    const id = events.at(-1)?.id ?? after
    const headers = { authorization: `Bearer ${accessToken}`, ...(id === '' ? {} : { 'last-event-id': id }) }
    const answer = await fetch(url, { headers, signal: stopped.signal })
    const connection: Connection = { status: answer.status, retryMs: null, events: 0, endedAtMs: null }
    connections.push(connection)
    over = answer.status === 204
    try {
      if (answer.status === 200) await readEvents(answer, connection, events)
      else await answer.body?.cancel()
    } finally {
      connection.endedAtMs = performance.now()
    }
  }
  const follow = async () => {
    while (!over && !stopped.signal.aborted) {
      await connect().catch(() => {})
      if (!over)
        await pause(connections.at(-1)?.retryMs ?? usualRetryMs, null, { signal: stopped.signal }).catch(() => {})
    }
  }
  void follow()
  return { events, connections, isOver: () => over, stop: () => stopped.abort() }
}

async function readEvents(answer: Response, connection: Connection, events: StreamEvent[]): Promise<void> {
  let rest = ''
  for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2)))
      if (fields['retry'] !== undefined) connection.retryMs = Number(fields['retry'])
      if (fields['data'] === undefined) continue
      connection.events += 1
      events.push({ id: fields['id'] ?? '', event: fields['event'] ?? '', data: JSON.parse(fields['data']) })
    }
  }
}
