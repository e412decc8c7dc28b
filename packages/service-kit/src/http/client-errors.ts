import type { Socket } from 'node:net'
import { v7 as uuidv7 } from 'uuid'
import { kitErrors, problem } from './errors.ts'
import { problemBody } from './render-errors.ts'

/** Answers bytes that are no HTTP request, headers that are too large or too slow, and ends the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = problem(kitErrors, codeOf(error.code))
  const traceId = uuidv7()
  const body = JSON.stringify(problemBody(refusal, { instance: '/', traceId }))
  const head = [
    `HTTP/1.1 ${refusal.statusCode} ${refusal.title}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${traceId}`,
    `x-trace-id: ${traceId}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function codeOf(code: string | undefined): keyof typeof kitErrors {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT'
  return 'BAD_REQUEST'
}
