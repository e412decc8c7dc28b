import { type EventStream, isBehind, writeHeartbeat } from './event-stream.ts'

export interface Patience {
  /** A stream is silent for no longer than this and the pause between two looks. */
  readonly heartbeatMs: number
  /** How long a client may take nothing of what was written before it is given up. */
  readonly behindMs: number
}

/** Shows a quiet client that the stream lives. Gives whether it is to be given up, having taken nothing for too long. */
export function keepAlive(stream: EventStream, { heartbeatMs, behindMs }: Patience, nowMs: number): 'lives' | 'lost' {
  if (!isBehind(stream)) {
    stream.behindSinceMs = 0
    if (nowMs - stream.writtenAtMs >= heartbeatMs) writeHeartbeat(stream, nowMs)
    return 'lives'
  }
  if (stream.behindSinceMs === 0) stream.behindSinceMs = nowMs
  return nowMs - stream.behindSinceMs >= behindMs ? 'lost' : 'lives'
}
