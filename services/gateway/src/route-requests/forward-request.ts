import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import type { UpstreamName } from '../domain/upstreams.ts'
import { headersForService, joinVary, reachesClient } from './forwarded-headers.ts'
import type { Outcome } from './upstream-breaker.ts'
import { timeoutProblem, unavailableProblem } from './upstream-refusals.ts'

/** A service, and the connections to it. */
export type Destination = { upstream: UpstreamName; connections: Dispatcher; apiKey: string }

const brokenStatuses = new Set([500, 502, 504])
const compressFromBytes = 1_024
/** Answers up to this length go on in one piece, which costs half of what a stream does. */
const wholeMaxBytes = 262_144

/**
 * Sends the request on and the answer back, once. `settle` is called once the service has answered or failed, also for a client that
 * has gone meanwhile: a breaker left waiting for it would refuse everybody for ever.
 */
export function forwardRequest(
  { upstream, connections, apiKey }: Destination,
  request: FastifyRequest,
  reply: FastifyReply,
  settle: (outcome: Outcome) => void,
): void {
  const answer = answerTo(request, reply, settle)
  connections.dispatch(
    {
      method: request.method as Dispatcher.HttpMethod,
      path: request.url,
      headers: headersForService(request, apiKey),
      body: Buffer.isBuffer(request.body) ? request.body : null,
    },
    {
      onRequestStart: () => {},
      onResponseStart: (controller, status, headers) => {
        if (status >= 200) answer.begin(controller, status, headers)
      },
      onResponseData: (controller, chunk) => answer.take(controller, chunk),
      onResponseEnd: () => answer.end(),
      onResponseError: (_controller, error) => answer.fail(refusalOf(upstream, error)),
    },
  )
}

interface Answer {
  begin(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void
  take(controller: Dispatcher.DispatchController, chunk: Buffer): void
  end(): void
  fail(refusal: Error): void
}

/** Passes an answer on as it comes: whole where it is known to be short, else as a stream that waits for a slow client. */
function answerTo(request: FastifyRequest, reply: FastifyReply, settle: (outcome: Outcome) => void): Answer {
  const chunks: Buffer[] = []
  let stream: Readable | null = null
  let isOver = false

  const finish = (outcome: Outcome, payload?: Readable | Buffer | Error) => {
    isOver = true
    if (!reply.raw.destroyed) send(reply, payload)
    settle(outcome)
  }
  return {
    begin: (controller, status, headers) => {
      if (reply.raw.destroyed) {
        finish('answered')
        controller.abort(new Error('the client has gone'))
        return
      }
      takeHead(request, reply, status, headers)
      const length = Number(headers['content-length'])
      if (length <= wholeMaxBytes || isWithoutBody(request.method, status)) return
      stream = streamFrom(controller)
      finish(outcomeOf(status), stream)
    },
    take: (controller, chunk) => {
      if (stream === null) chunks.push(chunk)
      else if (!stream.push(chunk)) controller.pause()
    },
    end: () => {
      if (stream !== null) stream.push(null)
      else finish(outcomeOf(reply.statusCode), chunks.length === 0 ? undefined : joined(chunks))
    },
    fail: (refusal) => {
      if (stream !== null) stream.destroy(refusal)
      else if (!isOver) finish('failed', refusal)
    },
  }
}

const isWithoutBody = (method: string, status: number): boolean => method === 'HEAD' || status === 204 || status === 304

const outcomeOf = (status: number): Outcome => (brokenStatuses.has(status) ? 'failed' : 'answered')

const joined = (chunks: readonly [Buffer, ...Buffer[]] | readonly Buffer[]): Buffer =>
  chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)

function takeHead(request: FastifyRequest, reply: FastifyReply, status: number, headers: IncomingHttpHeaders): void {
  reply.code(status)
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || !reachesClient(name)) continue
    reply.header(name, name === 'vary' ? joinVary(value, reply.getHeader('vary')) : value)
  }
  // What follows on this connection must not be read as the rest of a body nobody has asked for.
  if (!request.raw.complete) reply.header('connection', 'close')
  if (Number(headers['content-length']) < compressFromBytes) request.headers['x-no-compression'] = 'small'
}

/** An answer with a header that HTTP forbids must not end this process. */
function send(reply: FastifyReply, payload: Readable | Buffer | Error | undefined): void {
  try {
    reply.send(payload)
  } catch (error) {
    reply.send(error)
  }
}

function streamFrom(controller: Dispatcher.DispatchController): Readable {
  return new Readable({
    read: () => controller.resume(),
    destroy: (error, done) => {
      controller.abort(error ?? new Error('the client has gone'))
      done(error)
    },
  })
}

const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

function refusalOf(upstream: UpstreamName, error: Error): Error {
  const isTimeout = timeoutCodes.has(String(Reflect.get(error, 'code')))
  return isTimeout ? timeoutProblem(upstream, error) : unavailableProblem(upstream, 1, error)
}
