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
 * checks and log lines (decision 0029). A line for each answer, as soon as it is there, so that a slow one holds up no other.
 */
export function answerTogether(internal: App, app: App): void {
  internal.post(
    '/internal/requests',
    { bodyLimit, schema: { body: togetherSchema, response: commonResponses } },
    async (request, reply) => {
      const { requests } = request.body
      const lines = new Readable({ read: () => {} })
      let open = requests.length
      // What has begun and ended without an answer gets no line, as nobody can say what became of it.
      const tell = (n: number, answered: TogetherAnswer | null | undefined) => {
        if (answered !== undefined) lines.push(`${JSON.stringify([n, answered])}\n`)
        open -= 1
        if (open === 0) lines.push(null)
      }
      for (const [n, one] of requests.entries()) {
        answer(app, one).then(
          (answered) => tell(n, answered),
          (error: unknown) => tell(n, isClosed(error) ? null : undefined),
        )
      }
      return reply.type('application/x-ndjson').send(lines as never)
    },
  )
}

const isClosed = (error: unknown) => Object(error).code === 'FST_ERR_REOPENED_CLOSE_SERVER'

async function answer(app: App, { method, url, headers, body }: TogetherRequest): Promise<TogetherAnswer> {
  const answered = await app.inject({ method, url, headers, ...(body === '' ? {} : { payload: body }) })
  const shown = Object.entries(answered.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value : String(value)] as const],
  )
  return { status: answered.statusCode, headers: Object.fromEntries(shown), body: answered.body }
}
