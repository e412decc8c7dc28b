import { type IncomingMessage, request } from 'node:http'
import { waitUntil } from './wait-until.ts'

export interface ReceivedEvent<Data> {
  readonly id: string
  readonly event: string
  readonly data: Data
}

/** What an EventSource would see, over a real connection. */
export interface TestEventSource<Data> {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly events: ReceivedEvent<Data>[]
  readonly retryMs: number[]
  comments(): number
  /** When the server ended the stream; null while it is open. */
  endedAtMs(): number | null
  /** Whether the server has ended the stream and had not broken it off. */
  isWhole(): boolean
  /** The first event of this name from the position `from` on, once it is there. */
  next(event: string, from?: number): Promise<ReceivedEvent<Data>>
  stopReading(): void
  readOn(): void
  close(): void
}

/** Opens a stream of server-sent events; `parse` reads the JSON of each event's data. */
export async function openEventSource<Data>(
  url: string,
  headers: Readonly<Record<string, string>>,
  parse: (data: unknown) => Data,
): Promise<TestEventSource<Data>> {
  const sent = request(url, { agent: false, headers })
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject).end()
  })
  return readEvents(answer, parse, () => sent.destroy())
}

function readEvents<Data>(
  answer: IncomingMessage,
  parse: (data: unknown) => Data,
  close: () => void,
): TestEventSource<Data> {
  const events: ReceivedEvent<Data>[] = []
  const retryMs: number[] = []
  let comments = 0
  let rest = ''
  let endedAtMs: number | null = null
  const take = (block: string) => {
    const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2)))
    if (fields['retry'] !== undefined) retryMs.push(Number(fields['retry']))
    if (fields[''] !== undefined) comments += 1
    if (fields['data'] === undefined) return
    events.push({ id: fields['id'] ?? '', event: fields['event'] ?? '', data: parse(JSON.parse(fields['data'])) })
  }
  answer.setEncoding('utf8')
  answer.on('error', () => {})
  answer.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    if (answer.statusCode === 200) blocks.forEach(take)
  })
  answer.on('close', () => {
    endedAtMs = performance.now()
  })
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    events,
    retryMs,
    comments: () => comments,
    endedAtMs: () => endedAtMs,
    isWhole: () => answer.complete && rest === '',
    next: (event, from = 0) => waitUntil(() => events.slice(from).find((one) => one.event === event) ?? null),
    stopReading: () => void answer.pause(),
    readOn: () => void answer.resume(),
    close,
  }
}
