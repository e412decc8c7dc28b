import { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'

/** What a service has answered: a short body is there, a long one or one of unknown length is still coming. */
export type UpstreamAnswer = {
  readonly statusCode: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: ShortBody | Readable
}

/** A body that has arrived; reply-from drops it, as it would a stream, where the client has gone. */
export class ShortBody {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  destroy(): void {}
}

type Answered = (error: Error | null, answer: UpstreamAnswer | null) => void

/** The size up to which one write is cheaper than a stream; compressing as much as this holds nobody up. */
const shortBytes = 16_384

/**
 * Gives the client of the services: most answers are short and come in one piece, so they are passed on as one, for half of what a
 * stream would cost. `answered` is called once; an answer that breaks off while it streams ends the stream with the error.
 */
export function createAskUpstream(options: Agent.Options): Pick<Dispatcher, 'request'> {
  const agent = new Agent(options)
  const { headersTimeout = null, bodyTimeout = null } = options
  // What may be silent for ever is passed on as it comes: nobody would end the wait for the rest of it.
  const shortMax = bodyTimeout === 0 ? -1 : shortBytes
  const asked = {
    request: (what: Dispatcher.DispatchOptions, answered: Answered) => {
      agent.dispatch({ ...what, headersTimeout, bodyTimeout }, takeAnswer(answered, shortMax))
    },
    destroy: () => agent.destroy(),
  }
  // It calls `request` with a callback alone and does nothing with the body itself, but its type asks for all of undici's.
  return asked as unknown as Pick<Dispatcher, 'request'>
}

function takeAnswer(answered: Answered, shortMax: number): Dispatcher.DispatchHandler {
  let start: Omit<UpstreamAnswer, 'body'> | null = null
  const pieces: Buffer[] = []
  let stream: Readable | null = null
  return {
    onRequestStart: () => {},
    onResponseStart: (controller, statusCode, headers) => {
      // 1xx only announces the answer.
      if (statusCode < 200) return
      start = { statusCode, headers }
      if (Number(headers['content-length']) <= shortMax || statusCode === 204 || statusCode === 304) return
      stream = streamOf(controller)
      answered(null, { ...start, body: stream })
    },
    onResponseData: (controller, piece) => {
      if (stream === null) pieces.push(piece)
      else if (!stream.push(piece)) controller.pause()
    },
    onResponseEnd: () => {
      if (stream !== null) stream.push(null)
      else if (start !== null) answered(null, { ...start, body: new ShortBody(joined(pieces)) })
    },
    onResponseError: (_controller, error) => {
      if (stream === null) answered(error, null)
      else stream.destroy(error)
    },
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces)
}

function streamOf(controller: Dispatcher.DispatchController): Readable {
  return new Readable({
    read: () => controller.resume(),
    destroy(error, done) {
      if (!this.readableEnded) controller.abort(error ?? new Error('nobody reads the answer any more'))
      done(error)
    },
  })
}
