import { StringDecoder } from 'node:string_decoder'
import {
  type TogetherAnswer,
  type TogetherRequest,
  togetherAnswerSchema,
  togetherMax,
} from '@ticket-queue/contracts/http/requests-together'
import { gatherCalls } from '@ticket-queue/redis'
import { Pool } from 'undici'

/** Asks a service; null where it has not taken the request. Rejects where no answer came: what was asked may have been done. */
export type AskTogether = (request: TogetherRequest) => Promise<TogetherAnswer | null>

/** The way to a service for requests that go together. */
export type TogetherUpstream = { ask: AskTogether; close(): Promise<void> }

type Settings = { internalUrl: string; apiKey: string; timeoutMs: number }

/** An exchange that a hold delays, because it waits for seats of others, must not delay those after it. */
const companyWaitMs = 15

/**
 * Gives the way to the internal port of a service on which requests go together in one HTTP exchange, at most 16, because an exchange for
 * each is much of what a request costs (decision 0029): those of one turn of the event loop, and those who come while the service has not
 * begun to answer an exchange before, but for 15 ms at most. Each is answered as soon as its own answer is there. Nothing is asked twice.
 */
export function createAskTogether({ internalUrl, apiKey, timeoutMs }: Settings): TogetherUpstream {
  const pool = new Pool(new URL(internalUrl).origin, {
    connections: 256,
    pipelining: 1,
    connect: { timeout: 3_000 },
  })
  const headers = { 'x-service-api-key': apiKey, 'x-service-name': 'gateway', 'content-type': 'application/json' }
  const ask = gatherCalls(
    async (requests: readonly TogetherRequest[]) => {
      const answers = requests.map(() => Promise.withResolvers<TogetherAnswer | null>())
      const exchange = pool.request({
        method: 'POST',
        path: '/internal/requests',
        headers: { ...headers, 'x-request-id': requests[0]?.headers['x-request-id'] },
        body: JSON.stringify({ requests }),
        // From when they are asked for to the last answer, the wait for a connection included.
        signal: AbortSignal.timeout(timeoutMs),
      })
      const rejectOpen = (error: unknown) => {
        for (const { reject } of answers) reject(error)
      }
      const isBegun = exchange.then(noted, noted)
      readAnswers(exchange, answers).then(() => rejectOpen(new Error('the answers ended early')), rejectOpen)
      await isBegun
      return answers.map(({ promise }) => promise)
    },
    { itemsMax: togetherMax, callsAtOnce: 1, waitMaxMs: companyWaitMs },
  )
  return { ask: async (request) => ask(request), close: () => pool.close() }
}

const noted = () => {}

type Answers = readonly PromiseWithResolvers<TogetherAnswer | null>[]

async function readAnswers(exchange: ReturnType<Pool['request']>, answers: Answers): Promise<void> {
  const { statusCode, body } = await exchange
  if (statusCode !== 200) {
    await body.dump()
    // Refused as a whole, so nothing was begun: by a service of an earlier version, or one that has too much to do.
    for (const { resolve } of answers) resolve(null)
    return
  }
  // The pieces are bytes, and one may end inside a character.
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const piece of body) {
    const lines = (rest + decoder.write(piece)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [n, answer] = togetherAnswerSchema.parse(JSON.parse(line))
      answers[n]?.resolve(answer)
    }
  }
}
