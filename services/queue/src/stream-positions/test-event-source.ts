import { type IncomingMessage, request } from 'node:http'
import { waitUntil } from '@ticket-queue/testing'
import { z } from 'zod'
import { gatewayKey } from '../test-event-service.ts'

export interface ReceivedEvent {
  readonly id: string
  readonly event: string
  readonly data: ReturnType<typeof dataSchema.parse>
}

/** For tests: what an EventSource would see, over a real connection. */
export interface TestEventSource {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly events: ReceivedEvent[]
  readonly retryMs: number[]
  comments(): number
  /** When the server ended the stream; null while it is open. */
  endedAtMs(): number | null
  /** Whether the server has ended the stream and had not broken it off. */
  isWhole(): boolean
  next(event: string, from?: number): Promise<ReceivedEvent>
  stopReading(): void
  readOn(): void
  close(): void
}

const dataSchema = z.looseObject({
  status: z.string(),
  scheduleId: z.string(),
  rank: z.number().optional(),
  aheadOfYou: z.number().optional(),
  estimatedWaitTime: z.number().nullish(),
  ticket: z.string().nullish(),
  token: z.string().nullish(),
  tokenExpiresAt: z.string().nullish(),
  reason: z.string().optional(),
})

/** Opens `path` as a logged-in user through the gateway's key. */
export async function openEventSource(
  address: string,
  path: string,
  userId: string,
  headers: Record<string, string> = {},
): Promise<TestEventSource> {
  const sent = request(`${address}${path}`, {
    agent: false,
    headers: { 'x-service-api-key': gatewayKey, 'x-user-id': userId, 'x-user-role': 'USER', ...headers },
  })
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject).end()
  })
  return readEvents(answer, () => sent.destroy())
}

function readEvents(answer: IncomingMessage, close: () => void): TestEventSource {
  const events: ReceivedEvent[] = []
  const retryMs: number[] = []
  let comments = 0
  let rest = ''
  let endedAtMs: number | null = null
  const take = (block: string) => {
    const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2)))
    if (fields['retry'] !== undefined) retryMs.push(Number(fields['retry']))
    if (fields[''] !== undefined) comments += 1
    if (fields['data'] === undefined) return
    const data = dataSchema.parse(JSON.parse(fields['data']))
    events.push({ id: fields['id'] ?? '', event: fields['event'] ?? '', data })
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
