import { Readable } from 'node:stream'
import {
  type TogetherAnswer,
  type TogetherRequest,
  togetherSchema,
} from '@ticket-queue/contracts/http/requests-together'
import type { App } from './build-http.ts'
import { commonResponses } from './common-responses.ts'

/** Room for the most requests with the longest headers and bodies that come this way. */
const bodyLimit = 1_048_576

/**
 * Adds `POST /internal/requests` to `internal`: several requests in one HTTP exchange, each answered as `app` answers it, with all hooks,
 * checks and log lines (decision 0029). A line for each answer, as soon as it is there, so that a slow one holds up no other; those of one
 * turn of the event loop leave in one write.
 */
export function answerTogether(internal: App, app: App): void {
  internal.post(
    '/internal/requests',
    { bodyLimit, schema: { body: togetherSchema, response: commonResponses } },
    async (request, reply) => {
      const { requests } = request.body
      const lines = gatherLines(requests.length)
      for (const [n, one] of requests.entries()) {
        const tell = (answered: TogetherAnswer | null) => lines.tell(`${JSON.stringify([n, answered])}\n`)
        // What has begun and ended without an answer gets no line, as nobody can say what became of it.
        answer(app, one).then(tell, (error: unknown) => (isClosed(error) ? tell(null) : lines.tell('')))
      }
      return reply.type('application/x-ndjson').send((await lines.begun()) as never)
    },
  )
}

interface Lines {
  /** To be called once for each answer. */
  tell(line: string): void
  /** Gives what there is at the end of the first turn with a line: everything, or else a stream. */
  begun(): Promise<Buffer | Readable>
}

function gatherLines(count: number): Lines {
  const first = Promise.withResolvers<void>()
  const stream = new Readable({ read: () => {} })
  let [text, open, isTurnAwaited, isStreamed] = ['', count, false, false]
  const pass = () => {
    if (text !== '') stream.push(text)
    text = ''
    if (open === 0) stream.push(null)
  }
  const endTurn = () => {
    isTurnAwaited = false
    if (isStreamed) pass()
    first.resolve()
  }
  return {
    tell: (line) => {
      text += line
      open -= 1
      if (isTurnAwaited) return
      isTurnAwaited = true
      setImmediate(endTurn)
    },
    begun: async () => {
      await first.promise
      if (open === 0) return Buffer.from(text)
      isStreamed = true
      pass()
      return stream
    },
  }
}

const isClosed = (error: unknown) => Object(error).code === 'FST_ERR_REOPENED_CLOSE_SERVER'

async function answer(app: App, { method, url, headers, body }: TogetherRequest): Promise<TogetherAnswer> {
  const answered = await app.inject({ method, url, headers, ...(body === '' ? {} : { payload: body }) })
  const shown = Object.entries(answered.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value : String(value)] as const],
  )
  return { status: answered.statusCode, headers: Object.fromEntries(shown), body: answered.body }
}
