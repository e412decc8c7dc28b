import type { Socket } from 'node:net'

/** One open connection. A plain record and no closures: a process holds 20,000 of them. */
export interface EventStream {
  readonly socket: Socket
  writtenAtMs: number
  /** Since when the client has not taken what was written; 0 while it keeps up. */
  behindSinceMs: number
}

/** One event; `id` is what a client that comes back says it has received last, `data` has no line breaks. */
export interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/** What the server would have sent with an ordinary answer. */
export type StreamHeaders = Readonly<Record<string, number | string | string[] | undefined>>

/** How long a client has to take the last of what was written. */
const lastBytesMs = 10_000

/** Starts an event stream on a connection. `retryMs` is when a client that loses it is to come back. */
export function openStream(
  socket: Socket,
  { headers, retryMs, nowMs }: { headers: StreamHeaders; retryMs: number; nowMs: number },
): EventStream {
  socket.write(`${headOf(headers)}retry: ${retryMs}\n\n`)
  return { socket, writtenAtMs: nowMs, behindSinceMs: 0 }
}

/** The body has no length and no chunks: it lasts until the connection ends. */
function headOf(headers: StreamHeaders): string {
  const fields = {
    ...headers,
    date: new Date().toUTCString(),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    connection: 'close',
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`
}

/** Whether the client has yet to take what was written: then only what must not be lost is written on top. */
export const isBehind = ({ socket }: EventStream): boolean => socket.writableLength > 0

/** The bytes of an event, which may be made once for all streams that get it. */
export const eventText = ({ id, event, data }: StreamEvent): string => `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`

/** Writes one event, as it is or as the text made of it once for many; a connection that has ended is left alone. */
export function writeEvent(stream: EventStream, event: StreamEvent | string | Buffer, nowMs: number): void {
  const { socket } = stream
  if (!socket.writable) return
  stream.writtenAtMs = nowMs
  socket.write(typeof event === 'string' || Buffer.isBuffer(event) ? event : eventText(event))
}

/** A comment, which shows every proxy on the way and the client that the stream lives. */
export const writeHeartbeat = (stream: EventStream, nowMs: number): void => writeEvent(stream, ':\n\n', nowMs)

/** Ends a stream once the client has taken what was written; with `retryMs` it is told when to come back. */
export function endStream({ socket }: EventStream, retryMs?: number): void {
  if (!socket.writable) return
  if (retryMs !== undefined) socket.write(`retry: ${retryMs}\n\n`)
  socket.setTimeout(lastBytesMs)
  socket.destroySoon()
}
