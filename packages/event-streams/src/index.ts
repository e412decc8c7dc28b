export { adviseRetry } from './advise-retry.ts'
export {
  type EventStream,
  endStream,
  eventText,
  isBehind,
  openStream,
  type StreamEvent,
  type StreamHeaders,
  writeEvent,
} from './event-stream.ts'
export { inSlices } from './in-slices.ts'
export { keepAlive, type Patience } from './keep-alive.ts'
export { createSockets, type Sockets } from './sockets.ts'
export { spreadOver } from './spread-over.ts'
